import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { splitsOf } from "../../src/shards/dataset-info.ts";
import { openShards, openShardsSync } from "../../src/shards/index.ts";
import { LineReader } from "../support/line-format.ts";
import { folderOf, storeOf } from "./line-sets.ts";

const info = (splits: unknown, more: object = {}): string =>
  JSON.stringify({ name: "mnist", fileFormat: "array_record", splits, ...more });

/** As TFDS writes them: numbers of 64 bits are strings. */
const splits = [
  {
    name: "train",
    numBytes: "99",
    shardLengths: ["2", "1"],
    filepathTemplate: "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
  },
  { name: "test", shardLengths: ["1"] },
  { name: "empty" },
];
const files = {
  "dataset_info.json": [info(splits)],
  "features.json": ["{}"],
  "mnist-train.array_record-00000-of-00002": ["a0", "a1"],
  "mnist-train.array_record-00001-of-00002": ["b0"],
  "mnist-test.array_record-00000-of-00001": ["t0"],
};

describe("a TFDS folder", () => {
  test("by itself and by its description", async () => {
    const folder = folderOf(files);
    for (const spec of [folder, join(folder, "dataset_info.json"), storeOf(files)]) {
      await using set = await openShards(LineReader, spec, { split: "train" });
      expect(set.openShards).toBe(0);
      expect(set.length).toBe(3);
      expect(await set.getMany([2, 1, 0])).toEqual(["b0", "a1", "a0"]);
      using now = openShardsSync(LineReader, spec, { split: "test" });
      expect([...now]).toEqual(["t0"]);
      await using empty = await openShards(LineReader, spec, { split: "empty" });
      expect([empty.length, [...empty]]).toEqual([0, []]);
    }
  });

  test("needs to know which split, unless there is one", async () => {
    await expect(openShards(LineReader, storeOf(files))).rejects.toThrow(
      'has several splits: pass { split } as one of "train", "test", "empty"',
    );
    await expect(openShards(LineReader, storeOf(files), { split: "dev" })).rejects.toThrow(
      'has no split "dev"',
    );
    const none = storeOf({ "dataset_info.json": [info([])] });
    await expect(openShards(LineReader, none)).rejects.toThrow("one of none");
    const one = storeOf({ ...files, "dataset_info.json": [info([splits[0]])] });
    await using set = await openShards(LineReader, one);
    expect(set.length).toBe(3);
  });

  test("names the shards that are missing", async () => {
    const store = storeOf(files);
    store.removeSync("mnist-train.array_record-00001-of-00002");
    await expect(openShards(LineReader, store, { split: "train" })).rejects.toThrow("missing: 1");
    await using set = await openShards(LineReader, store, { split: "train", missing: "skip" });
    expect(await set.getMany([0, 1])).toEqual(["a0", "a1"]);
    store.removeSync("mnist-train.array_record-00000-of-00002");
    await expect(openShards(LineReader, store, { split: "train" })).rejects.toThrow(
      "missing: 0, 1",
    );
  });

  test("whose description counts other shards than there are: the files count", async () => {
    const store = storeOf({
      "dataset_info.json": [info([{ name: "train", shardLengths: ["9"] }])],
      "mnist-train.array_record-00000-of-00002": ["a0", "a1"],
      "mnist-train.array_record-00001-of-00002": ["b0"],
    });
    await using set = await openShards(LineReader, store);
    expect([...set]).toEqual(["a0", "a1", "b0"]);
  });

  test("whose lengths are wrong: said when the shard is opened, and the files count when told to", async () => {
    const wrong = [{ name: "train", shardLengths: ["2", "7"] }];
    const folder = folderOf(files);
    writeFileSync(join(folder, "dataset_info.json"), info(wrong));
    await using set = await openShards(LineReader, folder);
    expect(await set.get(1)).toBe("a1");
    await expect(set.get(2)).rejects.toThrow(
      expect.objectContaining({
        code: "NTH_INDEX_STALE",
        message: expect.stringContaining("has 7 records, but it has 1"),
      }),
    );
    await using sound = await openShards(LineReader, folder, { lengths: "files" });
    expect(sound.length).toBe(3);
  });

  test("with shards in folders of their own", async () => {
    const template = "{SPLIT}/data.{FILEFORMAT}-{SHARD_INDEX}%of{NUM_SHARDS}";
    const files = {
      "dataset_info.json": [
        info([{ name: "train", shard_lengths: [1, 1], filepath_template: template }]),
      ],
      "train/data.array_record-00000": ["x"],
      "train/data.array_record-00001": ["y"],
    };
    const memory = storeOf(files);
    const flat = {
      name: "flat",
      open: (name: string) => memory.open(name),
      list: () => memory.list(),
      create: () => expect.unreachable(),
      rename: () => expect.unreachable(),
      remove: () => expect.unreachable(),
    };
    for (const spec of [folderOf(files), memory, flat]) {
      await using set = await openShards(LineReader, spec, { index: "memory" });
      expect(await set.getMany([1, 0])).toEqual(["y", "x"]);
    }
  });
});

describe("a description that is none", () => {
  test.each([
    ["{", "is not JSON"],
    ["[]", "has something else where an object belongs"],
    ["{}", "has no name"],
    [info("train"), "splits that are no list"],
    [info([7]), "something else where an object belongs"],
    [info([{}]), "has no name of a split"],
    [info([{ name: "a", shardLengths: {} }]), "shardLengths that are no list"],
    [info([{ name: "a", shardLengths: ["-1"] }]), 'has "-1" among its shardLengths'],
    [info([{ name: "a", shardLengths: ["99999999999999999999"] }]), "among its shardLengths"],
    [info([{ name: "a", filepathTemplate: "{HOME}/x" }]), "{HOME}"],
    [info([{ name: "a", filepathTemplate: "../{SPLIT}" }]), "does not lie in its folder"],
    [info([{ name: "a", filepathTemplate: "/etc/{SPLIT}" }]), "does not lie in its folder"],
    [info([{ name: "..", filepathTemplate: "{SPLIT}" }]), "does not lie in its folder"],
    [info([], { name: "" }), "has no name"],
  ])("%s", (text, message) => {
    const attempt = (): unknown => splitsOf(text, "info");
    expect(attempt).toThrow(expect.objectContaining({ code: "NTH_DECODE_ERROR", source: "info" }));
    expect(attempt).toThrow(message);
  });
});
