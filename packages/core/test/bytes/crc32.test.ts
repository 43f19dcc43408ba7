import { crc32 as reference } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "../../src/bytes/crc32.ts";

test("the check value of the standard", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
  expect(crc32(new Uint8Array(0), 0xcbf43926)).toBe(0xcbf43926);
});

test("any bytes from any seed give what zlib gives", () => {
  // zlib in Node forgets the seed when there are no bytes.
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 100 });
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (all, skip, seed) => {
      const part = all.subarray(skip);
      expect(crc32(part, seed)).toBe(reference(part, seed));
    }),
  );
});

test("a checksum goes on from piece to piece", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (all, cut) => {
      expect(crc32(all.subarray(cut), crc32(all.subarray(0, cut)))).toBe(crc32(all));
    }),
  );
});
