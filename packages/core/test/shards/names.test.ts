import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { globTest, isGlob } from "../../src/shards/glob.ts";
import { parseShardSlice, shardNames } from "../../src/shards/index.ts";
import { parseShardName, siblingName } from "../../src/shards/shard-names.ts";
import { property } from "../support/property.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

describe("names of shards", () => {
  test("as TensorFlow, TFDS and Beam give them", () => {
    expect(shardNames("train.tfrecord", 3)).toEqual([
      "train.tfrecord-00000-of-00003",
      "train.tfrecord-00001-of-00003",
      "train.tfrecord-00002-of-00003",
    ]);
    expect(shardNames("train@2.jsonl")).toEqual([
      "train-00000-of-00002.jsonl",
      "train-00001-of-00002.jsonl",
    ]);
    expect(shardNames("a@100000")[99_999]).toBe("a-099999-of-100000");
  });

  test.each([["train@0"], ["train@1000001"], ["train@*"], ["train"]])("%s has no count", (name) => {
    expect(() => shardNames(name)).toThrow(expect.objectContaining({ code: "NTH_INVALID_VALUE" }));
  });

  test.each([0, -1, 1.5, 2 ** 40])("nor is %d one", (count) => {
    expect(() => shardNames("train", count)).toThrow("a set has 1 to 1000000 shards");
  });

  test("what is made is read back", () => {
    const parts = fc.string({ unit: fc.constantFrom(..."ab-.@of0 ") });
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 1, max: 30 }),
        fc.nat(29),
        fc.boolean(),
        (prefix, count, pick, ext) => {
          const index = pick % count;
          const suffix = ext ? ".x.gz" : "";
          const names = shardNames(prefix, count).map((name) => name + suffix);
          const shard = parseShardName(names[index] as string);
          expect(shard).toEqual({ prefix, suffix, index, count, digits: [5, 5] });
          expect(names.map((_, i) => siblingName(shard as never, i))).toEqual(names);
        },
      ),
      property,
    );
  });

  test("other names are none of a set", () => {
    for (const name of [
      "train",
      "a-1-of",
      "a-3-of-3",
      "a-00000-of-00001x",
      "00000_of_00003.tfrecord",
    ]) {
      expect(parseShardName(name)).toBeUndefined();
    }
    expect(parseShardName("a-0-of-3")?.digits).toEqual([1, 1]);
  });
});

test("slices", () => {
  expect(parseShardSlice("a/b.x[3:14]")).toEqual({ path: "a/b.x", start: 3, end: 14 });
  for (const none of ["a", "a[1]", "a[:3]", "a[1:]", "a[-1:2]", "[1:2]", "a[1:2].x"]) {
    expect(parseShardSlice(none)).toBeUndefined();
  }
});

describe("wild cards", () => {
  test.each([
    ["train-*.jsonl", ["train-.jsonl", "train-a.b.jsonl"], ["train.jsonl", "train-a.jsonl.idx"]],
    ["*", ["a", "a.b"], [".hidden"]],
    [".*", [".hidden"], ["a"]],
    ["a?c", ["abc", "a😀c"], ["ac", "abbc"]],
    ["**a**", ["a", "banana"], ["b"]],
    ["a[0-2]", ["a0", "a2"], ["a3", "a-", "a[0-2]"]],
    ["a[!0-2]", ["a3", "ax"], ["a0", "a"]],
    ["a[^x]", ["ay"], ["ax"]],
    ["a[]x]", ["a]", "ax"], ["a"]],
    ["a[b-]", ["ab", "a-"], ["ac"]],
    ["a[z-b]", ["az", "a-", "ab"], ["ac"]],
    ["a[!--b]", ["ac"], ["a-", "ab"]],
    ["a[\\--]", ["a\\", "a-"], ["ab"]],
    ["a[z-b-d]", ["az", "a-", "ab", "ac", "ad"], ["ae"]],
    ["a[\\d]", ["a\\", "ad"], ["a1"]],
    ["a[", ["a["], ["a"]],
    ["a.b+(c){2}|^$", ["a.b+(c){2}|^$"], ["aXb+(c){2}|^$"]],
    ["line*end", ["line\nend"], []],
  ])("%s", (pattern, yes, no) => {
    const matches = globTest(pattern);
    for (const name of yes) expect(matches(name), name).toBe(true);
    for (const name of no) expect(matches(name), name).toBe(false);
  });

  test("a pattern without them matches itself alone", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), fc.string(), (pattern, other) => {
        fc.pre(!isGlob(pattern));
        expect(globTest(pattern)(pattern)).toBe(true);
        if (other !== pattern) expect(globTest(pattern)(other)).toBe(false);
      }),
      property,
    );
  });

  test("any pattern is one", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab[]!^-\\*?.") }), (pattern) => {
        expect(typeof globTest(pattern)("ab")).toBe("boolean");
      }),
      { ...property, numRuns: 20_000 },
    );
  });
});
