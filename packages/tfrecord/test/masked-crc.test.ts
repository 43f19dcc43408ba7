import fc from "fast-check";
import { expect, test } from "vitest";
import { mask, maskedCrc, maskedCrcOfLength } from "../src/crc32c/masked-crc.ts";
import { property } from "./support/seed.ts";
import { slowCrc32c } from "./support/slow-crc32c.ts";

test("gives the constants of files that TensorFlow wrote", () => {
  expect(maskedCrc(new Uint8Array(8))).toBe(0x07980329);
  expect(maskedCrc(new Uint8Array(0))).toBe(0xa282ead8);
  expect(maskedCrcOfLength(0, 0)).toBe(0x07980329);
  expect(maskedCrcOfLength(24, 0)).toBe(0x224b7fa3);
  expect(maskedCrcOfLength(29, 0)).toBe(0x23df2f60);
});

test("is undone by subtracting and rotating back", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (crc) => {
      const rotated = (mask(crc) - 0xa282ead8) >>> 0;
      expect(((rotated >>> 17) | (rotated << 15)) >>> 0).toBe(crc);
    }),
    property,
  );
});

test("of a length is that of its eight bytes", () => {
  const word = fc.oneof(
    fc.nat(0xffffffff),
    fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
  );
  fc.assert(
    fc.property(word, word, (low, high) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setUint32(0, low, true);
      new DataView(bytes.buffer).setUint32(4, high, true);
      expect(maskedCrcOfLength(low, high)).toBe(mask(slowCrc32c(bytes)));
      expect(maskedCrcOfLength(low | 0, high | 0)).toBe(maskedCrc(bytes));
    }),
    property,
  );
});
