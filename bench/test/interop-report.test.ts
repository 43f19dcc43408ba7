import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importsOf } from "../../interop/programs.ts";
import { reasonOf } from "../../interop/python.ts";
import { judge, table } from "../../scripts/interop-report.mjs";

const originals = [
  { name: "One", distributions: ["one"], uses: ["one"] },
  { name: "Two", distributions: ["two", "other"], uses: ["two.part"] },
  { name: "Large", distributions: ["large"], uses: ["large"], long: true },
];
const passed = (fullName: string, ...uses: string[]) => ({
  fullName,
  status: "passed",
  meta: { programs: [{ environment: "env", uses }] },
});
const run = {
  originals,
  results: [
    { name: "a.ts", assertionResults: [passed("x", "one"), passed("y", "one", "json")] },
    { name: "b.ts", assertionResults: [passed("z", "two.part.deep"), passed("w", "twofold")] },
  ],
  long: false,
  part: false,
  refusal: () => undefined as string | undefined,
  version: (environment: string, name: string) => `${environment} of ${name}`,
};

test("originals are counted by the tests whose programs import them", () => {
  const { rows, failures } = judge(run);
  expect(failures).toEqual([]);
  expect(rows.map(({ name, tests, versions }) => [name, tests, versions])).toEqual([
    ["One", 2, "one env of one"],
    ["Two", 1, "two env of two, other env of other"],
    ["Large", 0, ""],
  ]);
  expect(table(rows).at(-1)).toBe("Large  left out  large; npm run interop -- --long");
});

test("one that pip offers must be asked, one that it does not is named", () => {
  const results = run.results.slice(0, 1);
  expect(judge({ ...run, results }).failures).toEqual([
    "Two was not asked anything, and pip offers two",
  ]);
  const { rows, failures } = judge({ ...run, results, refusal: () => "nobody has it" });
  expect(failures).toEqual([]);
  expect(rows[1]?.leftOut).toBe("nobody has it");
  expect(judge({ ...run, results, long: true }).failures.length).toBe(2);
  expect(judge({ ...run, results, part: true }).failures).toEqual([]);
});

test("a failed test counts for nothing, and where nothing was asked that is a failure", () => {
  const results = [
    { name: "a.ts", assertionResults: [{ ...passed("x", "one"), status: "failed" }] },
  ];
  expect(judge({ ...run, results, refusal: () => "offline" }).failures).toEqual([
    "no original was asked anything",
  ]);
});

test("what is skipped must say why, and a file must have tests", () => {
  const skipped = (leftOut?: string) => ({
    fullName: "s",
    status: "skipped",
    meta: leftOut === undefined ? {} : { leftOut },
  });
  const results = [
    ...run.results,
    { name: "c.ts", assertionResults: [skipped("not offered"), skipped()] },
    { name: "d.ts", assertionResults: [] },
  ];
  expect(judge({ ...run, results }).failures).toEqual([
    "c.ts: skipped without a word: s",
    "d.ts ran no test",
  ]);
});

test("the modules that a program imports", () => {
  const program = `
import json, msgpack as m, sys
from grain._src.python import x
  import nvidia.dali.tfrecord as tfrec
text = "import nothing here?"
`;
  const found = ["json", "msgpack", "sys", "grain._src.python", "nvidia.dali.tfrecord"];
  expect(importsOf(program)).toEqual(found);
});

test("why an environment could not be made", () => {
  const stderr = "  note: x\n  ERROR: No matching distribution found for y\n[notice] a new pip\n";
  expect(reasonOf({ stderr })).toBe("ERROR: No matching distribution found for y");
  expect(reasonOf({ stderr: "one\ntwo\n" })).toBe("two");
  expect(reasonOf(new Error("spawnSync python3 ENOENT"))).toBe("Error: spawnSync python3 ENOENT");
});

/** The files that ask originals something. */
function suites(): string[] {
  const root = join(import.meta.dirname, "../..");
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  return [...packages, "docs"]
    .map((folder) => join(root, folder, "test/interop"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
}

test("an environment of a name is the same everywhere, else it is made anew under a test that runs", () => {
  const found = new Map<string, Set<string>>();
  for (const path of suites()) {
    const made = readFileSync(path, "utf8").matchAll(
      /Python\.(?:with|inLongForm)\(\s*"([^"]+)",\s*\[([^\]]+)\]/g,
    );
    for (const [, name = "", list = ""] of made) {
      found.set(name, (found.get(name) ?? new Set()).add(list.replace(/\s|,\s*$/g, "")));
    }
  }
  expect(found.size).toBeGreaterThan(8);
  expect([...found].filter(([, lists]) => lists.size > 1)).toEqual([]);
});
