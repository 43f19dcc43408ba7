import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  equalBytes,
  readF64,
  readU32,
  readU64,
  writeF64,
  writeU32,
  writeU64,
} from "../../src/bytes/le.ts";
import { copyOf, viewOf, wordsOf } from "../../src/bytes/view.ts";
import { isNthrecError } from "../../src/index.ts";
import { property } from "../support/property.ts";

const code = (verb: () => unknown): unknown => {
  try {
    return verb();
  } catch (error) {
    return isNthrecError(error) ? [error.code, error.offset] : error;
  }
};

describe("numbers of a fixed width", () => {
  test("come back from any place of any view", () => {
    const check = fc.property(
      fc.nat(9),
      fc.nat(9),
      fc.nat(2 ** 32 - 1),
      fc.maxSafeNat(),
      fc.double(),
      (skip, at, word, long, real) => {
        const bytes = new Uint8Array(64).subarray(skip);
        writeU32(bytes, at, word);
        writeU64(bytes, at + 8, long);
        writeF64(bytes, at + 16, real);
        expect(readU32(bytes, at)).toBe(word);
        expect(readU64(bytes, at + 8)).toBe(long);
        expect(readF64(bytes, at + 16)).toBe(real);
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        expect(view.getBigUint64(at + 8, true)).toBe(BigInt(long));
      },
    );
    fc.assert(check, property);
  });

  test("are not read beyond the end, or from before the beginning", () => {
    const bytes = new Uint8Array(12);
    for (const verb of [readU64, readF64]) {
      expect(code(() => verb(bytes, 5))).toEqual(["NTH_TRUNCATED", 5]);
      expect(code(() => verb(bytes, 4))).toBe(0);
    }
    expect(code(() => readU32(bytes, 9))).toEqual(["NTH_TRUNCATED", 9]);
    expect(code(() => readU32(bytes, -1))).toEqual(["NTH_TRUNCATED", -1]);
    expect(code(() => writeU32(bytes, 9, 1))).toEqual(["NTH_TRUNCATED", 9]);
    expect(code(() => writeU64(bytes, 5, 1))).toEqual(["NTH_TRUNCATED", 5]);
    expect(code(() => writeF64(bytes, 5, 1))).toEqual(["NTH_TRUNCATED", 5]);
  });

  test("of 2^53 and more are no place in a file", () => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 53n - 1n, true);
    expect(readU64(bytes, 0)).toBe(2 ** 53 - 1);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 53n, true);
    expect(code(() => readU64(bytes, 0))).toEqual(["NTH_CORRUPTION", 0]);
  });
});

test("bytes are equal when their length and each of them is", () => {
  expect(equalBytes(Uint8Array.of(), Uint8Array.of())).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Buffer.from([1, 2]))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false);
});

test("a view shares memory, a copy does not, whatever they are taken from", () => {
  for (const bytes of [Buffer.from([1, 2, 3, 4]), Uint8Array.of(1, 2, 3, 4)]) {
    const view = viewOf(bytes, 1, 3);
    const copy = copyOf(bytes);
    bytes.fill(9);
    expect([...view]).toEqual([9, 9]);
    expect([...copy]).toEqual([1, 2, 3, 4]);
  }
});

test("words are read from any place, also of a Buffer", () => {
  const all = Uint8Array.from({ length: 32 }, (_, i) => i);
  for (let skip = 0; skip < 8; skip++) {
    for (const bytes of [all.subarray(skip), Buffer.from(all.buffer, skip)]) {
      const words = wordsOf(bytes);
      expect(words.length).toBe(Math.floor((32 - skip) / 4));
      expect(words[0]).toBe(readU32(all, skip));
      expect(words.at(-1)).toBe(readU32(all, skip + (words.length - 1) * 4));
    }
  }
});
