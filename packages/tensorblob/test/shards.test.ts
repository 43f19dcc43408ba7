import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openShards, openShardsSync, type ShardSpec } from "@nthrec/core/shards";
import { describe, expect, test } from "vitest";
import { TensorBlobReader, TensorBlobWriter } from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

/** A path in a folder of three blobs, which a writer left seals and locks beside. */
async function made(): Promise<(name: string) => string> {
  const set = join(tempFolder(), "set");
  mkdirSync(set);
  for (const [shard, values] of [[1, 2], [3], [4, 5]].entries()) {
    const options = { dtype: "int8", shape: [1], mode: "append" } as const;
    const path = join(set, `t-0000${shard}-of-00003`);
    const writer = await TensorBlobWriter.open(path, options);
    await writer.extend(values.map((value) => [value]));
    await writer.close();
  }
  return (name) => join(set, name);
}

/** All numbers of a set of blobs, which must be the same in both ways of opening. */
async function numbers(spec: ShardSpec): Promise<unknown[]> {
  await using waited = await openShards(TensorBlobReader, spec);
  using now = openShardsSync(TensorBlobReader, spec);
  const list: unknown[] = [];
  for await (const tensor of waited) list.push(...tensor.values());
  expect([...now].flatMap((tensor) => tensor.values())).toEqual(list);
  return list;
}

describe("blobs are shards of a set", () => {
  type At = (name: string) => string;
  const [first, second, third] = ["t-00000-of-00003", "t-00001-of-00003", "t-00002-of-00003"];
  test.each<[string, (at: At) => ShardSpec, number[]]>([
    ["a list of one", (at) => [at(second)], [3]],
    ["a list", (at) => [at(third), at(first)], [4, 5, 1, 2]],
    ["a list of parts", (at) => [{ filename: at(first), skip: 1 }], [2]],
    ["one of them, alone", (at) => at(second), [1, 2, 3, 4, 5]],
    ["a pattern", (at) => at("t-*"), [1, 2, 3, 4, 5]],
    ["a pattern of folders", (at) => at("../s*/t-0000[12]*"), [3, 4, 5]],
    ["a count", (at) => at("t@3"), [1, 2, 3, 4, 5]],
    ["a name", (at) => at("t@*"), [1, 2, 3, 4, 5]],
    ["the folder that they lie in", (at) => at(""), [1, 2, 3, 4, 5]],
  ])("by %s", async (_, spec, expected) => {
    expect(await numbers(spec(await made()))).toEqual(expected);
  });

  test("and one that has another name is itself", async () => {
    const path = join(tempFolder(), "one.blob");
    const writer = await TensorBlobWriter.open(path, { dtype: "int8", shape: [1] });
    await writer.extend([[1], [2]]);
    await writer.close();
    expect(await numbers(path)).toEqual([1, 2]);
  });

  test("and are told when they are missing", async () => {
    const at = await made();
    for (const spec of [at("t@4"), at("u@*"), at("u*"), [at("none")]]) {
      const failed = openShards(TensorBlobReader, spec);
      await expect(failed).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    }
  });
});
