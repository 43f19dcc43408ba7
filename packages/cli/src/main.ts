#!/usr/bin/env node
// Most of a start is compiling: from Node 22.1 on the second one finds it done. Everything else is loaded behind this.
const module = process.getBuiltinModule("node:module") as { enableCompileCache?: () => unknown };
module.enableCompileCache?.();
// Not awaited: what is published is CommonJS, which has no await at the top.
void import("./start.ts").then(({ start }) => start());

export {};
