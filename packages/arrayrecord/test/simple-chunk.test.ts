import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeSimple } from "../src/chunk/encode-simple.ts";
import { decodeSimple } from "../src/chunk/simple-chunk.ts";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { chunkVectors } from "./support/chunk-vectors.ts";
import { chunkOf, recordsOf } from "./support/records.ts";
import { property } from "./support/seed.ts";

beforeAll(prepareCodecs);
const kinds = ["none", "brotli", "zstd", "snappy"] as const;
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

describe("simple chunks of the original", () => {
  const simple = chunkVectors.filter(({ type }) => type === "r");
  test("there are some", () => expect(simple.length).toBe(20));

  test.each(simple)("$name", ({ counts, data, records, compression }) => {
    expect(recordsOf(decodeSimple(counts, data, defaultCodecs))).toEqual(records);
    const ours = encodeSimple(chunkOf(records), compression, defaultCodecs, {});
    if (compression === "none") expect(ours).toEqual(data);
    expect(recordsOf(decodeSimple(counts, ours, defaultCodecs))).toEqual(records);
  });

  test.each([
    ["none", "00010141", 1],
    ["brotli", "6206010b00800103010b00804103", 1],
    ["zstd", "7a0b0128b52ffd2001090000010128b52ffd200109000041", 1],
    ["snappy", "73040101000101010041", 1],
    ["none, empty", "000100", 0],
    ["zstd, empty", "7a0b0128b52ffd2001090000000028b52ffd2000010000", 0],
    ["brotli, empty", "6206010b00800003003b", 0],
    ["snappy, empty", "7304010100000000", 0],
  ])("one record, %s", (name, data, size) => {
    const counts = { numRecords: 1, decodedDataSize: size };
    const chunk = decodeSimple(counts, hex(data), defaultCodecs);
    expect(recordsOf(chunk)).toEqual([hex(size === 0 ? "" : "41")]);
    const kind = kinds.find((each) => name.startsWith(each)) ?? "none";
    if (kind !== "zstd") {
      expect(Buffer.from(encodeSimple(chunk, kind, defaultCodecs, {})).toString("hex")).toBe(data);
    }
  });
});

describe("simple chunks", () => {
  test("what is encoded is decoded", () => {
    const records = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), records, (kind, wanted) => {
        const chunk = chunkOf(wanted);
        const data = encodeSimple(chunk, kind, defaultCodecs, {});
        const counts = { numRecords: wanted.length, decodedDataSize: chunk.bytes.length };
        expect(recordsOf(decodeSimple(counts, data, defaultCodecs))).toEqual(wanted);
      }),
      property,
    );
  });

  const counts = { numRecords: 2, decodedDataSize: 3 };
  test.each([
    ["0001018888", "fewer sizes"],
    ["00020104aabbcc", "larger than expected"],
    ["00020101aabbcc", "smaller than expected"],
    ["0003010200aabbcc", "end of data expected"],
    ["00020102aabb", "its records hold 2 bytes"],
    ["00020102aabbccdd", "at most 3 expected"],
    ["000901", "ends too early"],
    ["aa0101", "unknown compression"],
    ["", "no compression type"],
  ])("%s: %s", (data, message) => {
    expect(() => decodeSimple(counts, hex(data), defaultCodecs)).toThrow(message);
  });
});
