// What an import costs in a browser: bundled, minified and gzipped, with no node:* and no Node twin in it.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./run.mjs";

/**
 * Import shapes, and what each may weigh at most, in bytes after gzip, bundled into one file. A bundler that splits
 * keeps HTTP and following, together 5 KB, for when they are needed.
 */
const shapes = [
  { code: 'import { isNthrecError } from "@nthrec/core"', limit: 1_000 },
  { code: 'import { JsonlReader } from "@nthrec/jsonl"', limit: 27_500 },
  { code: 'import { TextReader } from "@nthrec/jsonl"', limit: 26_500 },
  { code: 'import { JsonlReader, JsonlWriter } from "@nthrec/jsonl"', limit: 40_500 },
];

let failed = false;
for (const { code, limit } of shapes) {
  const size = await weigh(code);
  if (size > limit) failed = true;
  console.log(`${String(size).padStart(6)} of ${limit} bytes gzipped: ${code}`);
}
if (failed) console.error("a bundle is over its limit");
process.exit(failed ? 1 : 0);

/** @param {string} code an import statement */
async function weigh(code) {
  const names = /\{(.+)\}/.exec(code)?.[1];
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `${code};\nconsole.log(${names});`,
      resolveDir: join(root, "packages/jsonl"),
    },
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const inputs = Object.keys(metafile.inputs);
  const nodeTwin = inputs.filter((path) => /[/\\]platform[/\\]node[/\\]/.test(path));
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  if (nodeTwin.length > 0 || imports.length > 0) {
    throw new Error(
      `${code}: the bundle needs ${[...nodeTwin, ...imports.map((each) => each.path)].join(", ")}`,
    );
  }
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(0), { level: 9 }).length;
}
