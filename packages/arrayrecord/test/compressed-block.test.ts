import { NthrecError } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { newEnds } from "../src/chunk/chunk-records.ts";
import { readBlock, writeBlock } from "../src/chunk/compressed-block.ts";
import type { Codec } from "../src/codecs/codec.ts";
import { compressionCode, compressionOf } from "../src/codecs/compression-code.ts";
import { recordsOf } from "./support/records.ts";

/** A codec that turns its bytes upside down, and refuses a stream that begins with 0. */
const flip: Codec = {
  compress: (bytes) => Uint8Array.from(bytes, (byte) => 255 - byte),
  decompress(bytes) {
    if (bytes[0] === 0) throw new Error("zero");
    if (bytes[0] === 1) throw new NthrecError("NTH_NOT_SUPPORTED", "one");
    if (bytes[0] === 2) throw "two";
    return Uint8Array.from(bytes, (byte) => 255 - byte);
  },
};
const codecs = { brotli: flip, zstd: flip, snappy: flip };

describe("blocks", () => {
  test.each(["none", "brotli", "zstd", "snappy"] as const)("%s comes back", (compression) => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
    const block = writeBlock(compression, bytes, codecs, {});
    expect(block.length).toBe(compression === "none" ? 200 : 202);
    expect(readBlock(compression, block, codecs)).toEqual(bytes);
    expect(() => readBlock(compression, block, codecs, 199)).toThrow(/200 bytes/);
    expect(compressionOf(compressionCode(compression))).toBe(compression);
  });

  test("a size that the stream cannot have is refused before the codec sees it", () => {
    const block = Uint8Array.of(0xff, 0xff, 0x7f, 9, 9);
    expect(() => readBlock("snappy", block, codecs)).toThrow("more than it can hold");
  });

  test("what a codec throws is corruption, what a platform lacks is not", () => {
    expect(() => readBlock("zstd", Uint8Array.of(1, 0), codecs)).toThrow(
      expect.objectContaining({ code: "NTH_CORRUPTION", message: expect.stringContaining("zero") }),
    );
    expect(() => readBlock("zstd", Uint8Array.of(1, 1), codecs)).toThrow("one");
    expect(() => readBlock("zstd", Uint8Array.of(1, 2), codecs)).toThrow(/decompressed: two/);
  });

  test("unknown compressions have names", () => {
    expect(() => compressionOf(7)).toThrow("unknown compression type 7");
    expect(() => compressionOf(undefined)).toThrow("no compression type");
  });

  test("records are views of the chunk's bytes", () => {
    const chunk = { bytes: Uint8Array.of(1, 2, 3), ends: Uint32Array.of(1, 1, 3) };
    expect(recordsOf(chunk).map((record) => [...record])).toEqual([[1], [], [2, 3]]);
  });

  test("ends of records that fit into 32 bits take 32 bits", () => {
    expect(newEnds({ numRecords: 2, decodedDataSize: 5 })).toBeInstanceOf(Uint32Array);
    expect(newEnds({ numRecords: 2, decodedDataSize: 2 ** 32 })).toBeInstanceOf(Float64Array);
  });
});
