import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ArrayRecordReader } from "@nthrec/arrayrecord";
import { openShards, openShardWriter } from "@nthrec/core/shards";
import { TFRecordReader, TFRecordWriter } from "@nthrec/tfrecord";
import { afterEach, beforeEach, expect, test } from "vitest";
import { convertShard } from "../src/convert-shard.ts";

const program = join(import.meta.dirname, "..", "dist", "main.js");
let folder = "";
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nthrec-convert-"));
  await using writer = await openShardWriter(TFRecordWriter, join(folder, "train@2.tfrecord"));
  for (let i = 0; i < 501; i++) await writer.append(new Uint8Array(i).fill(i));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function convert(...args: string[]): string[] {
  const output = execFileSync(process.execPath, [program, ...args], { encoding: "utf8" });
  return output.trimEnd().split("\n");
}

test("each shard becomes one, with the same records in the same order", async () => {
  const to = join(folder, "out");
  expect(convert(join(folder, "train@2.tfrecord"), to, "16")).toEqual([
    "train-00000-of-00002.array_record: 251 records",
    "train-00001-of-00002.array_record: 250 records",
    "501 records converted",
  ]);
  await using before = await openShards(TFRecordReader, join(folder, "train@2.tfrecord"));
  await using after = await openShards(ArrayRecordReader, join(to, "train@2.array_record"));
  expect(after.length).toBe(before.length);
  const [old, converted]: Uint8Array[][] = [[], []];
  for await (const record of before) old?.push(record.slice());
  for await (const record of after) converted?.push(record.slice());
  expect(converted).toEqual(old);

  await using shard = await ArrayRecordReader.open(join(to, "train-00000-of-00002.array_record"));
  expect(shard.groupSize).toBe(16);
});

test("a run that was stopped goes on where it was", () => {
  const to = join(folder, "out");
  convert(join(folder, "train@2.tfrecord"), to);
  rmSync(join(to, "train-00001-of-00002.array_record"));
  expect(convert(join(folder, "train@2.tfrecord"), to)).toEqual([
    "train-00000-of-00002.array_record: is there already",
    "train-00001-of-00002.array_record: 250 records",
    "250 records converted",
  ]);
});

test("a compressed file is converted, a damaged one leaves no file", async () => {
  const from = join(folder, "train-00000-of-00002.tfrecord");
  writeFileSync(join(folder, "one.tfrecord.gz"), gzipSync(readFileSync(from)));
  const to = join(folder, "one.array_record");
  expect(await convertShard(join(folder, "one.tfrecord.gz"), to, 1)).toBe(251);

  const bytes = readFileSync(from);
  bytes[bytes.length - 10] = (bytes.at(-10) as number) ^ 1;
  writeFileSync(join(folder, "damaged.tfrecord"), bytes);
  const broken = join(folder, "broken.array_record");
  await expect(convertShard(join(folder, "damaged.tfrecord"), broken, 1)).rejects.toMatchObject({
    code: "NTH_CORRUPTION",
  });
  expect(existsSync(broken)).toBe(false);
  // The lock's folder stays: see docs/formats/lock.md.
  const left = readdirSync(folder).filter((name) => /^broken.*(?<!\.lock)$/.test(name));
  expect(left).toEqual([]);
});
