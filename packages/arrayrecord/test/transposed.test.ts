import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import { Arena } from "../src/transposed/arena.ts";
import { decodeTransposed } from "../src/transposed/decode-transposed.ts";
import { encodeTransposed } from "../src/transposed/encode-transposed.ts";
import { WireScanner } from "../src/transposed/wire-scanner.ts";
import { message } from "./support/arbitrary-message.ts";
import { chunkOf } from "./support/records.ts";
import { property } from "./support/seed.ts";

beforeAll(prepareCodecs);
const kinds = ["none", "brotli", "zstd", "snappy"] as const;

/** Encodes and decodes records; answers the chunk's data. */
function roundTrip(
  records: readonly Uint8Array[],
  kind: (typeof kinds)[number] = "none",
  bucketSize?: number,
): Uint8Array {
  const chunk = chunkOf(records);
  const data = encodeTransposed(chunk, kind, defaultCodecs, { bucketSize });
  const counts = { numRecords: records.length, decodedDataSize: chunk.bytes.length };
  const decoded = decodeTransposed(counts, data, defaultCodecs);
  expect(Buffer.compare(decoded.bytes, chunk.bytes)).toBe(0);
  expect([...decoded.ends]).toEqual([...chunk.ends]);
  return data;
}

describe("transposed chunks", () => {
  const record = fc.oneof(
    { weight: 6, arbitrary: message },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  );

  test("what is encoded is decoded: messages, groups, unknown fields, other bytes", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        roundTrip(records);
      }),
      property,
    );
  });

  test("likewise with every codec and size of buckets, and the bytes are always the same", () => {
    const bucketSize = fc.oneof(fc.nat(3), fc.nat(300), fc.constant(Infinity));
    const records = fc.array(record, { maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), bucketSize, records, (kind, size, wanted) => {
        const data = roundTrip(wanted, kind, size);
        // What snappy writes depends on what it wrote before.
        if (kind !== "snappy") expect(roundTrip(wanted, kind, size)).toEqual(data);
      }),
      { ...property, numRuns: property.numRuns / 4 },
    );
  });

  test("few kinds of records that come again and again", () => {
    const few = fc.array(record, { minLength: 1, maxLength: 8 });
    const choices = fc.array(fc.nat(7), { maxLength: 400 });
    fc.assert(
      fc.property(few, choices, (some, picks) => {
        roundTrip(picks.map((i) => some[i % some.length] as Uint8Array));
      }),
      { ...property, numRuns: property.numRuns / 4 },
    );
  });

  test.each([70, 300, 5000])(
    "records of %d different fields: lists of several blocks",
    (fields) => {
      let seed = fields;
      const next = (below: number): number => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      const oneOf = (): Uint8Array => {
        const bytes: number[] = [];
        for (let i = 0; i < 30; i++) {
          // Low numbers come often, so that some pairs have private states and others not.
          const number = 1 + (next(2) === 0 ? next(5) : next(fields));
          let tag = number * 8;
          for (; tag > 127; tag = tag >>> 7) bytes.push((tag & 127) | 128);
          bytes.push(tag, next(120));
        }
        return Uint8Array.from(bytes);
      };
      roundTrip(Array.from({ length: 400 }, oneOf));
    },
  );

  test("a record nested deeper than a hundred submessages comes back", () => {
    let nested = Uint8Array.of(8, 1);
    for (let depth = 0; depth < 130; depth++) {
      const width =
        nested.length < 128 ? [nested.length] : [(nested.length & 127) | 128, nested.length >> 7];
      nested = Uint8Array.of(10, ...width, ...nested);
    }
    roundTrip([nested, nested, nested.subarray(1)]);
    const groups = [...new Array(150).fill(11), ...new Array(150).fill(12)];
    roundTrip([Uint8Array.from(groups), nested]);
  });

  test("long strings and long records that are no messages", () => {
    const long = new Uint8Array(100_000).map((_, i) => i * 7);
    const string = Uint8Array.of(10, 0xa0, 0x8d, 0x06, ...long);
    roundTrip([long, string, Uint8Array.of(1, 2), string, long], "zstd");
  });

  test("a chunk of records that hold 4 GiB is refused", () => {
    const chunk = { bytes: new Uint8Array(0), ends: Float64Array.of(2 ** 32) };
    expect(() => encodeTransposed(chunk, "none", defaultCodecs, {})).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
  });
});

describe("what counts as a message", () => {
  const isMessage = (hex: string): boolean => {
    const bytes = new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
    // Bytes behind the end must not matter.
    const scanner = new WireScanner(
      Uint8Array.of(9, ...bytes, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
      new Arena(),
    );
    return scanner.isMessage(1, 1 + bytes.length);
  };
  test.each([
    ["nothing", "", true],
    ["a varint", "08 01", true],
    ["a varint of ten bytes", "08 ffffffffffffffffff 01", true],
    ["a varint over 64 bits", "08 ffffffffffffffffff 02", false],
    ["a varint of eleven bytes", "08 ffffffffffffffffffff 01", false],
    ["a varint that is not shortest", "08 80 00", false],
    ["a varint that is cut", "08 80", false],
    ["no value", "08", false],
    ["field 0", "00 01", false],
    ["a field number of 29 bits", "f8 ff ff ff 0f 01", true],
    ["a tag over 32 bits", "f8 ff ff ff 1f 01", false],
    ["a tag that is not shortest", "88 00 01", false],
    ["a tag that is cut", "88", false],
    ["fixed32", "0d 01020304", true],
    ["fixed32 that is cut", "0d 010203", false],
    ["fixed64", "09 0102030405060708", true],
    ["fixed64 that is cut", "09 01020304050607", false],
    ["a string", "0a 02 ff ff", true],
    ["a string that is cut", "0a 03 ff ff", false],
    ["a length that is not shortest", "0a 82 00 ff ff", false],
    ["a string without length", "0a", false],
    ["a group", "0b 08 01 0c", true],
    ["a group that does not end", "0b 08 01", false],
    ["a group that did not begin", "0c", false],
    ["a group that ends as another", "0b 14", false],
    ["groups across each other", "0b 13 0c 14", false],
    ["wire type 6", "0e 01", false],
    ["wire type 7", "0f 01", false],
  ])("%s", (_, hex, expected) => {
    expect(isMessage(hex)).toBe(expected);
  });
});
