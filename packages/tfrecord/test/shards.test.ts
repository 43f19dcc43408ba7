import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { permutation } from "@nthrec/core/order";
import { openShards, shardNames } from "@nthrec/core/shards";
import { expect, test } from "vitest";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("a TFDS folder of TFRecord shards: lengths without opening, every record by number, parts of files", async () => {
  const folder = tempFolder();
  const lengths = [3, 0, 2];
  const names = shardNames(join(folder, "toy-train.tfrecord"), lengths.length);
  const all: string[] = [];
  for (const [shard, path] of names.entries()) {
    await using writer = await TFRecordWriter.open(path);
    for (let i = 0; i < (lengths[shard] as number); i++) {
      all.push(`${shard}:${i}`);
      await writer.append(encode(`${shard}:${i}`));
    }
  }
  const split = { name: "train", shardLengths: lengths.map(String) };
  const info = { name: "toy", fileFormat: "tfrecord", splits: [split] };
  writeFileSync(join(folder, "dataset_info.json"), JSON.stringify(info));

  await using set = await openShards(TFRecordReader, folder, { checksums: "payload" });
  expect([set.length, set.openShards]).toEqual([5, 0]);
  const order = permutation(set.length, 1);
  const shuffled = await set.getMany(order);
  expect(shuffled.map(decode)).toEqual([...order].map((i) => all[i]));
  expect([...set].map(decode)).toEqual(all);

  const parts = [`${names[0]}[1:3]`, { filename: names[2] as string, skip: 1, take: 1 }];
  await using some = await openShards(TFRecordReader, parts);
  expect([...some].map(decode)).toEqual(["0:1", "0:2", "2:1"]);
});
