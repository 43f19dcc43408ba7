import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  ArrayRecordReader,
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
} from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { tempFolder } from "./support/temp.ts";

const records = Array.from({ length: 10 }, (_, i) => bytesOf(`record ${i}`));

async function fileWith(options: ArrayRecordWriterOptions): Promise<string> {
  const path = join(tempFolder(), "data.array_record");
  const writer = await ArrayRecordWriter.open(path, options);
  await writer.extend(records);
  await writer.close();
  return path;
}

describe("a repair keeps what the file was written with", () => {
  test.each<ArrayRecordWriterOptions>([
    { groupSize: 4, compression: "brotli", level: 3 },
    { groupSize: 3, compression: "none", padToBlockBoundary: true },
    { groupSize: 1, compression: "snappy" },
    { groupSize: 100, transpose: true },
  ])("%j", async (options) => {
    const path = await fileWith(options);
    await using before = await ArrayRecordReader.open(path);
    const { groupSize, chunkCount, writerOptions } = before;
    const { kept } = await ArrayRecordWriter.repair(path, { inPlace: true });
    expect(kept).toBe(10);
    await using after = await ArrayRecordReader.open(path);
    expect(after).toMatchObject({ groupSize, chunkCount, writerOptions });
    expect([...after]).toEqual(records);
  });

  test("where the footer is lost, its group size", async () => {
    const path = await fileWith({ groupSize: 4, compression: "none" });
    writeFileSync(path, readFileSync(path).subarray(0, -65_536));
    await ArrayRecordWriter.repair(path, { inPlace: true });
    await using after = await ArrayRecordReader.open(path);
    expect(after.groupSize).toBe(4);
    expect([...after]).toEqual(records);
  });

  test("what a subclass says comes first", async () => {
    class Grouped extends ArrayRecordWriter {
      constructor(options: ArrayRecordWriterOptions = {}) {
        super({ ...options, groupSize: 5 });
      }
    }
    const path = await fileWith({ groupSize: 4, compression: "snappy" });
    await Grouped.repair(path, { inPlace: true });
    await using after = await ArrayRecordReader.open(path);
    expect(after.groupSize).toBe(5);
    expect(after.writerOptions).toContain("snappy");
  });

  test("an empty file and one that is none are told of as ever", async () => {
    const path = join(tempFolder(), "none.array_record");
    const missing = ArrayRecordWriter.repair(path, { inPlace: true });
    await expect(missing).rejects.toMatchObject({ code: "NTH_NOT_FOUND" });
    writeFileSync(path, new Uint8Array(0));
    expect((await ArrayRecordWriter.repair(path, { inPlace: true })).kept).toBe(0);
    const aborted = ArrayRecordWriter.repair(path, { inPlace: true, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "NTH_ABORTED" });
  });
});
