import fc from "fast-check";
import { expect, test } from "vitest";
import { SLAB_TAKE, Slab } from "../../src/bytes/slab.ts";

test("nobody gets bytes that somebody else has", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: SLAB_TAKE }), { maxLength: 100 }), (sizes) => {
      const slab = new Slab();
      const taken = sizes.map((size, i) => slab.take(size).fill(i));
      for (const [i, bytes] of taken.entries()) {
        expect(bytes.length).toBe(sizes[i]);
        expect(bytes.byteOffset % 8).toBe(0);
        expect(bytes.every((byte) => byte === i % 256)).toBe(true);
      }
    }),
  );
});

test("bytes that went to another thread are not given out again", () => {
  const slab = new Slab();
  const first = slab.take(100);
  structuredClone(first, { transfer: [first.buffer as ArrayBuffer] });
  const second = slab.take(100).fill(7);
  expect(second.length).toBe(100);
  expect(second.every((byte) => byte === 7)).toBe(true);
});
