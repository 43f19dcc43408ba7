import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  floors,
  importsOf,
  readDependencies,
  readSources,
  violations,
  withoutComments,
} from "../../../scripts/rooms.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The breaches of one file that stands alone. */
function breaches(path: string, text: string, dependencies: string[] = []): string[] {
  return violations([{ path, text }], () => dependencies);
}

describe("the sources as they are", () => {
  test("no room looks up or sideways", () => {
    const sources = readSources(root);
    expect(sources.map((file) => file.path)).toContain("packages/core/src/errors.ts");
    expect(violations(sources, readDependencies(root))).toEqual([]);
  });
});

describe("inside core", () => {
  const rooms = floors.map((floor) => floor[0] as string);

  test("a room sees every floor below and none above", () => {
    for (const [high, from] of rooms.entries()) {
      for (const [low, to] of rooms.entries()) {
        const path = from.endsWith(".ts") ? from : `${from}/a.ts`;
        const up = from.endsWith(".ts") ? "." : "..";
        const target = to.endsWith(".ts") ? to : `${to}/b.ts`;
        const found = breaches(
          `packages/core/src/${path}`,
          `import { x } from "${up}/${target}";\n`,
        );
        expect(found.length, `${from} -> ${to}`).toBe(low <= high ? 0 : 1);
      }
    }
  });

  test("rooms of one floor do not see each other", () => {
    const text = 'import type { ByteSource } from "../source/byte-source.ts";\n';
    expect(breaches("packages/core/src/sink/file-sink.ts", text)).toEqual([
      'packages/core/src/sink/file-sink.ts:1: import type "../source/byte-source.ts": "sink" and "source" are on one floor',
    ]);
  });

  test("#platform counts as the platform room", () => {
    const text = 'import { platform } from "#platform";\n';
    expect(breaches("packages/core/src/plan/run-plan.ts", text)).toEqual([]);
    expect(breaches("packages/core/src/store/memory-store.ts", text)).toHaveLength(1);
  });

  test("a twin is reached as #platform", () => {
    const text = 'import { platform } from "../platform/node/index.ts";\n';
    expect(breaches("packages/core/src/resolve/resolve.ts", text)).toHaveLength(1);
    expect(
      breaches("packages/core/src/platform/browser/index.ts", text.replace("/platform", "")),
    ).toHaveLength(1);
  });

  test("node:* stays in platform/node", () => {
    const text = 'import { openSync } from "node:fs";\n';
    expect(breaches("packages/core/src/platform/node/index.ts", text)).toEqual([]);
    expect(breaches("packages/core/src/platform/browser/index.ts", text)).toHaveLength(1);
    expect(breaches("packages/core/src/testkit/index.ts", text)).toHaveLength(1);
  });

  test("the test kit sees the public door only", () => {
    const path = "packages/core/src/testkit/laws/cut.ts";
    expect(breaches(path, 'import { NthrecError } from "@nthrec/core";\n')).toEqual([]);
    expect(breaches(path, 'import { NthrecError } from "../../index.ts";\n')).toEqual([]);
    expect(breaches(path, 'import { Case } from "../case.ts";\n')).toEqual([]);
    expect(breaches(path, 'import { NthrecError } from "../../errors.ts";\n')).toHaveLength(1);
    expect(breaches(path, 'import fc from "fast-check";\n')).toHaveLength(1);
    expect(
      breaches("packages/core/src/index.ts", 'export * from "./testkit/index.ts";\n'),
    ).toHaveLength(1);
  });

  test("nothing else is imported, no new room appears, no import is computed", () => {
    expect(breaches("packages/core/src/bytes/le.ts", 'import x from "left-pad";\n')).toHaveLength(
      1,
    );
    expect(breaches("packages/core/src/utils/x.ts", 'import "../errors.ts";\n')).toHaveLength(1);
    expect(breaches("packages/core/src/plan/x.ts", "await import(name);\n")).toHaveLength(1);
    expect(
      breaches("packages/core/src/bytes/x.ts", 'import "../../../jsonl/src/index.ts";\n'),
    ).toHaveLength(1);
  });
});

describe("in a format package", () => {
  const path = "packages/jsonl/src/jsonl-reader.ts";

  test("core comes in by its name, and only what the manifest lists", () => {
    const text = 'import { BaseIndexedReader } from "@nthrec/core";\n';
    expect(breaches(path, text, ["@nthrec/core"])).toEqual([]);
    expect(breaches(path, text)).toHaveLength(1);
    expect(
      breaches(path, 'import "@nthrec/msgpack";\n', ["@nthrec/core", "@nthrec/msgpack"]),
    ).toHaveLength(1);
    expect(breaches(path, 'import "../../core/src/errors.ts";\n')).toHaveLength(1);
  });

  test("no node:* and no fetch", () => {
    expect(breaches(path, 'import { join } from "node:path";\n')).toHaveLength(1);
    expect(breaches(path, "const r = await fetch(url);\n")).toHaveLength(1);
    expect(breaches(path, "const r = await globalThis.fetch(url);\n")).toHaveLength(1);
    expect(breaches(path, "// no fetch() here\nplan.fetch(range);\n")).toEqual([]);
  });
});

describe("reading imports", () => {
  test("every form is seen, with its line", () => {
    const text = `import a from "./a.ts";
import type { B } from "./b.ts";
import { c,
  type D,
} from './c.ts';
import * as e from "./e.ts";
import "./f.ts";
export { g } from "./g.ts";
export * from "./h.ts";
const i = await import("./i.ts");
export const from = "not an import";
type J = import("./j.ts").J;
`;
    expect(importsOf(text)).toEqual([
      { specifier: "./a.ts", typeOnly: false, line: 1 },
      { specifier: "./b.ts", typeOnly: true, line: 2 },
      { specifier: "./c.ts", typeOnly: false, line: 3 },
      { specifier: "./e.ts", typeOnly: false, line: 6 },
      { specifier: "./f.ts", typeOnly: false, line: 7 },
      { specifier: "./g.ts", typeOnly: false, line: 8 },
      { specifier: "./h.ts", typeOnly: false, line: 9 },
      { specifier: "./i.ts", typeOnly: false, line: 10 },
      { specifier: "./j.ts", typeOnly: false, line: 12 },
    ]);
  });

  test("comments are no code, and a URL in a string is no comment", () => {
    const text =
      'const u = "http://x"; /* import("a")\n */ import("./b.ts"); // import("./c.ts")\n';
    expect(withoutComments(text)).toContain('"http://x"');
    expect(importsOf(withoutComments(text)).map((each) => each.specifier)).toEqual(["./b.ts"]);
  });
});

describe("in the command line", () => {
  const path = "packages/cli/src/commands/count.ts";

  test("Node and what the manifest lists come in, and modules that the user names", () => {
    const text = `import { stat } from "node:fs/promises";
import { Command } from "commander";
import { isNthrecError } from "@nthrec/core/keys";
import { Exit } from "../exit.ts";
await import(name);
`;
    expect(breaches(path, text, ["commander", "@nthrec/core"])).toEqual([]);
  });

  test("nothing else does", () => {
    expect(breaches(path, 'import x from "left-pad";\n', ["commander"])).toEqual([
      'packages/cli/src/commands/count.ts:1: import "left-pad": left-pad is not among the package\'s dependencies',
    ]);
    expect(breaches(path, 'import "../../../core/src/errors.ts";\n')).toHaveLength(1);
  });
});
