import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_VARINT_BYTES, readVarint, varintWidth } from "../../src/index.ts";
import { property } from "../support/property.ts";

function encode(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

test("every safe integer comes back, with the width it takes", () => {
  const check = fc.property(fc.maxSafeNat(), fc.nat(4), (value, at) => {
    const bytes = Uint8Array.from([...new Array<number>(at).fill(0xff), ...encode(value), 0xff]);
    const width = varintWidth(value);
    expect(readVarint(bytes, at)).toEqual({ value, width });
    expect(width).toBe(encode(value).length);
    expect(width).toBeLessThanOrEqual(MAX_VARINT_BYTES);
  });
  fc.assert(check, property);
  expect(varintWidth(Number.MAX_SAFE_INTEGER)).toBe(MAX_VARINT_BYTES);
  expect([0, 127, 128, 2 ** 32].map(varintWidth)).toEqual([1, 1, 2, 5]);
});

test("what is cut short, too long or too large is none", () => {
  expect(readVarint(new Uint8Array(0))).toBeUndefined();
  expect(readVarint(Uint8Array.of(0x80))).toBeUndefined();
  expect(readVarint(new Uint8Array(9).fill(0x80))).toBeUndefined();
  const largest = Uint8Array.from(encode(Number.MAX_SAFE_INTEGER));
  for (let cut = 0; cut < largest.length; cut++) {
    expect(readVarint(largest.subarray(0, cut))).toBeUndefined();
  }
  largest[7] = 0x10; // 2^53
  expect(readVarint(largest)).toBeUndefined();
});
