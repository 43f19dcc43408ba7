import { isNthrecError } from "@nthrec/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeSimple } from "../src/chunk/simple-chunk.ts";
import { defaultCodecs } from "../src/codecs/prepared.ts";
import { ArrayRecordReader } from "../src/index.ts";
import { chunkVectors } from "./support/chunk-vectors.ts";
import { fileNamed } from "./support/file-vectors.ts";
import { recordsOf } from "./support/records.ts";
import { property } from "./support/seed.ts";

beforeAll(() => ArrayRecordReader.prepare());

/** What may happen to a file: bits flipped, a range zeroed, cut out, put in, the end cut off. */
const damage = fc.record({
  kind: fc.constantFrom("flip", "zero", "cut", "insert", "end"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 70_000 })),
});

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Uint8Array, { kind, at, length }: Damage): Uint8Array {
  // Most of a file is padding: aim at its beginning and at its last block.
  const spot =
    at < 0.7
      ? (at / 0.7) * Math.min(bytes.length, 40_000)
      : bytes.length - 65_536 + (at - 0.7) * 700;
  const start = Math.min(Math.floor(spot), bytes.length - 1);
  const end = Math.min(start + length, bytes.length);
  const copy = bytes.slice();
  if (kind === "flip") copy[start] = (copy[start] as number) ^ (1 << (length & 7));
  if (kind === "zero") copy.fill(0, start, end);
  if (kind === "end") return copy.subarray(0, start);
  if (kind === "cut")
    return new Uint8Array(Buffer.concat([copy.subarray(0, start), copy.subarray(end)]));
  if (kind !== "insert") return copy;
  return new Uint8Array(
    Buffer.concat([copy.subarray(0, start), new Uint8Array(length), copy.subarray(start)]),
  );
}

describe("a damaged file gives its records or errors with a code, and never another record", () => {
  const names = [
    "five_uncompressed",
    "v4_group100_zstd",
    "v4_pool_group7",
    "examples_transpose_brotli",
    "five_snappy_transpose_pad",
    "default_v4",
  ];
  test.each(names)("%s", { timeout: 120_000 }, (name) => {
    const { bytes, values } = fileNamed(name);
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), (all, ignore) => {
        const file = all.reduce(damaged, bytes);
        try {
          using reader = ArrayRecordReader.openSync(file, ignore ? { tail: "ignore" } : {});
          expect(reader.length).toBeLessThanOrEqual(values.length + 3);
          for (let i = 0; i < Math.min(reader.length, values.length); i += 1 + (i >> 3)) {
            try {
              const found = reader.getSync(i);
              // A chunk that is cut out whole moves those behind it, where no footer says where they were.
              if (!ignore) expect(Buffer.compare(found, values[i] as Uint8Array)).toBe(0);
            } catch (error) {
              if (!isNthrecError(error)) throw error;
            }
          }
        } catch (error) {
          if (!isNthrecError(error)) throw error;
        }
      }),
      { ...property, numRuns: Math.ceil(property.numRuns / 5) },
    );
  });
});

describe("mutated data of simple chunks", () => {
  const simple = chunkVectors.filter(({ type }) => type === "r");
  test("give as many records as they should, or an error with a code", { timeout: 120_000 }, () => {
    const change = fc.tuple(fc.nat(10_000), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...simple),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (chunk, changes) => {
          const data = chunk.data.slice();
          for (const [at, byte] of changes) data[at % data.length] = byte;
          try {
            const records = recordsOf(decodeSimple(chunk.counts, data, defaultCodecs));
            expect(records.length).toBe(chunk.counts.numRecords);
            expect(records.reduce((sum, { length }) => sum + length, 0)).toBe(
              chunk.counts.decodedDataSize,
            );
          } catch (error) {
            if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
          }
        },
      ),
      { ...property, numRuns: property.numRuns * 5 },
    );
  });
});
