import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rows, tempFile, tempFolder } from "./support/files.ts";
import { nthrec } from "./support/nthrec.ts";

/** The shards that a split made: name and text. */
function shards(folder: string): [name: string, text: string][] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]);
}

test("by number of shards, contiguous or in turn", async () => {
  const path = tempFile(rows(5));
  const contiguous = tempFolder();
  expect(await nthrec(["split", path, join(contiguous, "a@2.jsonl")])).toMatchObject({
    code: 0,
    out: "5 records in 2 files\n",
  });
  expect(shards(contiguous)).toEqual([
    ["a-00000-of-00002.jsonl", rows(2)],
    ["a-00001-of-00002.jsonl", rows(3, 2)],
  ]);
  const turn = tempFolder();
  await nthrec(["split", path, join(turn, "a.jsonl"), "--shards", "2", "--round-robin"]);
  expect(shards(turn)).toEqual([
    ["a-00000-of-00002.jsonl", rows(1) + rows(1, 2) + rows(1, 4)],
    ["a-00001-of-00002.jsonl", rows(1, 1) + rows(1, 3)],
  ]);
});

test("by records of a shard; an empty file is one empty shard", async () => {
  const folder = tempFolder();
  await nthrec(["split", tempFile(rows(5)), join(folder, "a.jsonl"), "--records", "2"]);
  expect(shards(folder)).toEqual([
    ["a-00000-of-00003.jsonl", rows(2)],
    ["a-00001-of-00003.jsonl", rows(2, 2)],
    ["a-00002-of-00003.jsonl", rows(1, 4)],
  ]);
  const empty = tempFolder();
  await nthrec([
    ...["split", tempFile(""), join(empty, "a@*.jsonl"), "--records", "2", "--type", "jsonl"],
  ]);
  expect(shards(empty)).toEqual([["a-00000-of-00001.jsonl", ""]]);
});

test("merge undoes split, whatever the numbers and the format", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(40),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom("jsonl", "msgpack", "tfrecord", "arrayrecord"),
      async (records, count, ending) => {
        const folder = tempFolder();
        const path = (name: string): string => join(folder, `${name}.${ending}`);
        const lines = tempFile(rows(records), "lines.jsonl");
        await nthrec(["convert", "--type", "jsonl", lines, path("all")]);
        await nthrec(["split", "--type", ending, path("all"), path(`part@${count}`)]);
        const merged = ["merge", "--type", ending, path(`part@${count}`), path("merged")];
        expect(await nthrec(merged)).toMatchObject({ code: 0 });
        const cat = async (name: string): Promise<string> => {
          return (await nthrec(["cat", "--type", ending, path(name)])).out;
        };
        expect(await cat("merged")).toBe(await cat("all"));
        if (ending !== "arrayrecord") {
          expect(readFileSync(path("merged"))).toEqual(readFileSync(path("all")));
        }
      },
    ),
    { numRuns: 15 },
  );
});

test("files without a last newline do not run together", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "a.jsonl"), '{"a":1}');
  writeFileSync(join(folder, "b.jsonl"), '\ufeff{"b":1}');
  const out = join(folder, "out.jsonl");
  await nthrec(["merge", join(folder, "a.jsonl"), join(folder, "b.jsonl"), out]);
  expect(readFileSync(out, "utf8")).toBe('{"a":1}\n{"b":1}\n');
});

test("what they refuse", async () => {
  const path = tempFile(rows(3));
  const folder = tempFolder();
  const refused: [args: string[], reason: string][] = [
    [["split", path, join(folder, "a.jsonl")], "say once how to split"],
    [["split", path, join(folder, "a@2.jsonl"), "--shards", "3"], "say once how to split"],
    [["split", path, join(folder, "a.jsonl"), "--shards", "0"], "parts of 0"],
    [["split", path, join(folder, "a.jsonl"), "--records", "0"], "parts of 0"],
    [["split", path, join(folder, "a.jsonl"), "--records", "2", "--round-robin"], "--round-robin"],
    [["merge", path, join(folder, "a@2.jsonl")], "names several files"],
    [["merge", path], "name what is read"],
  ];
  for (const [args, reason] of refused) {
    const { code, err } = await nthrec(args);
    expect({ args: args.map((arg) => basename(arg)), code }).toMatchObject({ code: 2 });
    expect(err).toContain(reason);
  }
  expect(readdirSync(folder)).toEqual([]);
});
