import { createHash } from "node:crypto";
import { ByteWriter, MemorySink } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { defaultCodecs } from "../src/codecs/prepared.ts";
import { ChunkFramer } from "../src/framing/chunk-framer.ts";
import { ChunkType } from "../src/framing/chunk-header.ts";
import { ArrayRecordReader, ArrayRecordWriter, RiegeliReader } from "../src/index.ts";
import { parseRecordsMetadata } from "../src/riegeli/records-metadata.ts";
import { decodeTransposed } from "../src/transposed/decode-transposed.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { recordsOf } from "./support/records.ts";

// Points of formats/arrayrecord.md 15 that published files show, here made anew from what is known of them, and compared by hash.

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Sizes of so many empty records, compressed with zstd: the data of a published chunk. */
const empties = (count: string, mark: string): Uint8Array =>
  hex(`7a16${count}ff0328b52ffd00585500001000000100${mark}7f1d60010028b52ffd2000010000`);
const [A, B, C] = [empties("c1", "bc"), empties("d8", "d3"), empties("c0", "bb")] as const;

describe("positions: records that are more than the bytes of their chunk, around a block boundary", () => {
  test.each([
    [A, 65_473, false, "e8c7a99e279f9429cb610a2a36ec6486e76ecb0d637c7cfd19c941120372df2f"],
    [A, 65_473, true, "c32c3168fe45a179a7afcb7989bfa4f2afbc9ff46bc2590d89c7c1229981732e"],
    [B, 65_496, false, "29856f50ae8864f836a277f5e97789e37e120aaff0722ab6500b1c8dfbb4cb23"],
    [B, 65_496, true, "10cc0c504e583ebf400107959705093f2a4f15dae53507e692a98e43cb0e1a90"],
    [C, 65_472, false, "b7f0cc6c7af0490c7a6e72492c9abb9be579d4fb47121c893f9a915889e3d4dd"],
  ])("%#", async (...row) => {
    const [data, numRecords, tail, hash] = row;
    const out = new ByteWriter();
    const framer = new ChunkFramer(out, 0);
    framer.signature();
    framer.chunk(ChunkType.simple, { numRecords, decodedDataSize: 0 }, data);
    const one = { numRecords: 1, decodedDataSize: 4 };
    if (tail) framer.chunk(ChunkType.simple, one, hex("0001047461696c"));
    expect(sha256(out.view())).toBe(hash);
    await using reader = await RiegeliReader.open(out.view().slice());
    expect(reader.length).toBe(numRecords + (tail ? 1 : 0));
    expect(await reader.get(reader.length - 1)).toEqual(bytesOf(tail ? "tail" : ""));
  });
});

test.each([
  [0, "09711a18831aca78d4af4b09975009a069b0f73ea281fc7ac8ac03872e443f31"],
  [5, "35184dd1d4577803dc897ee063d19d6747b719fcb07e243047cf166a0ed32fcd"],
])("digits from %d: the published file is written, and read", async (first, hash) => {
  const digits = Array.from({ length: 5 }, (_, i) => bytesOf(String(first + i)));
  const sink = new MemorySink();
  const writer = await ArrayRecordWriter.open(sink, { compression: "none" });
  await writer.extend(digits);
  await writer.close();
  expect(sha256(sink.toBytes())).toBe(hash);
  await using reader = await ArrayRecordReader.open(sink.toBytes());
  expect(await reader.getMany([4, 0])).toEqual([digits[4], digits[0]]);
  expect(reader.writerOptions).toBe(
    "group_size:1,transpose:false,pad_to_block_boundary:false,uncompressed,max_parallelism:1",
  );
});

test("transposed: the data of a metadata chunk", () => {
  const data = hex("001102020106010603030a2800030400010002070568656c6c6f");
  const [record] = recordsOf(
    decodeTransposed({ numRecords: 1, decodedDataSize: 9 }, data, defaultCodecs),
  );
  expect(parseRecordsMetadata(record as Uint8Array)).toMatchObject({
    fileComment: "hello",
    numRecords: 7,
    recordTypeName: undefined,
  });
});
