import { readFileSync } from "node:fs";
import fc from "fast-check";
import { snappyCompressor as other, snappyUncompressor } from "hysnappy";
import { describe, expect, test } from "vitest";
import { assemble, targetOf } from "../scripts/assemble.mjs";
import { loadSnappy } from "../src/codecs/snappy.ts";
import { snappyCompressor } from "../src/snappy/compress.ts";
import { property } from "./support/seed.ts";

const compress = snappyCompressor();
const uncompress = snappyUncompressor();

/** Bytes of few kinds repeat themselves; runs do so more. */
const bytes = fc
  .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 40 }), fc.nat())
  .map(([length, kinds, seed]) => repetitive(length, kinds, seed));

function repetitive(length: number, kinds: number, seed: number): Uint8Array {
  const made = new Uint8Array(length);
  let state = seed | 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const back = i - 1 - ((state >>> 8) % 700);
    made[i] = state >>> 30 > 0 && back >= 0 ? (made[back] as number) : (state >>> 16) % kinds;
  }
  return made;
}

/** A matcher that looks at each number takes minutes. */
function expectSame(found: Uint8Array, wanted: Uint8Array): void {
  expect(Buffer.compare(found, wanted)).toBe(0);
}

describe("snappy", () => {
  test("what is compressed is uncompressed", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expectSame(uncompress(compress(input), input.length), input);
      }),
      property,
    );
  });

  test("the same bytes come out whatever was compressed before", () => {
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        compress(first);
        expectSame(compress(second), snappyCompressor()(second));
      }),
      { ...property, numRuns: 50 },
    );
  });

  test.each([0, 1, 15, 16, 17, 59, 60, 61, 62, 255, 256, 257, 258, 65535, 65536, 65537, 200_000])(
    "%i bytes, of one kind, repetitive, and random",
    (length) => {
      for (const kinds of [1, 7, 256]) {
        const input = repetitive(length, kinds, 77 + kinds);
        expectSame(uncompress(compress(input), length), input);
        const same = new Uint8Array(length).fill(kinds);
        expectSame(uncompress(compress(same), length), same);
        const random = Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2654435761) >>> 13) ^ i);
        expectSame(uncompress(compress(random), length), random);
      }
    },
  );

  test("runs of 64 KiB stand alone, and take a twentieth", () => {
    const zeros = new Uint8Array(1_000_000);
    const stream = compress(zeros);
    expect(stream.length).toBeLessThan(50_000);
    expectSame(uncompress(stream, zeros.length), zeros);
  });

  test("small numbers in wide fields compress as they do in another compressor", () => {
    const wide = fc.record({
      width: fc.constantFrom(2, 4, 8),
      begin: fc.integer({ min: 0, max: 12 }),
      values: fc.array(fc.nat(255), { minLength: 40, maxLength: 400 }),
    });
    fc.assert(
      fc.property(wide, ({ width, begin, values }) => {
        const input = new Uint8Array(begin + width * values.length);
        for (const [i, value] of values.entries()) input[begin + i * width] = value;
        const stream = compress(input);
        expectSame(uncompress(stream, input.length), input);
        expect(stream.length).toBeLessThanOrEqual(other()(input).length * 1.1 + 16);
      }),
      property,
    );
  });

  test("copies of every length near the bounds of one", () => {
    for (let length = 4; length < 200; length++) {
      const input = Uint8Array.from({ length: 300 + length }, (_, i) =>
        i < 300 ? (i * 37 + (i >> 3)) & 255 : ((i - 300) * 37 + ((i - 300) >> 3)) & 255,
      );
      expectSame(uncompress(compress(input), input.length), input);
    }
  });

  test("more than its memory holds is refused before anything is copied", async () => {
    const codec = await loadSnappy();
    const huge = { length: 2 ** 31 } as Uint8Array;
    expect(() => codec.compress(huge, {})).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
    );
  });

  test("the module is the one of its text", async () => {
    expect(await assemble("snappy")).toBe(readFileSync(targetOf("snappy"), "utf8"));
  });
});
