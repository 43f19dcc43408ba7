import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteCursor } from "../src/bytes/byte-cursor.ts";
import { putVarint } from "../src/bytes/put-varint.ts";
import { property } from "./support/seed.ts";

const size = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.maxSafeInteger().map(Math.abs),
);

describe("varints", () => {
  test("what is put is read", () => {
    fc.assert(
      fc.property(size, (value) => {
        const bytes = new Uint8Array(10);
        const end = putVarint(bytes, 0, value);
        const wide = new ByteCursor(bytes, 0, end);
        expect(wide.varint64()).toBe(value);
        expect(wide.left).toBe(0);
        if (value < 2 ** 32) expect(new ByteCursor(bytes, 0, end).varint32()).toBe(value);
      }),
      property,
    );
  });

  test.each([
    ["varint32", [0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    ["varint32", [0x85, 0x80, 0x00], 5],
    ["varint64", [0x85, 0x80, 0x00], 5],
    ["varint64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 2 ** 64],
  ] as const)("%s reads %j", (kind, bytes, value) => {
    expect(new ByteCursor(Uint8Array.from(bytes))[kind]()).toBe(value);
  });

  test.each([
    ["varint32", [0xff, 0xff, 0xff, 0xff, 0x10], "invalid varint32"],
    ["varint64", [...new Array(9).fill(0xff), 0x02], "invalid varint64"],
    ["varint32", [0xff], "ends too early"],
    ["varint64", [], "ends too early"],
  ] as const)("%s refuses %j", (kind, bytes, message) => {
    expect(() => new ByteCursor(Uint8Array.from(bytes))[kind]()).toThrow(message);
  });
});

test("a cursor takes no more than there is, and says what is left", () => {
  const cursor = new ByteCursor(Uint8Array.of(1, 2, 3), 1);
  expect([...cursor.take(2)]).toEqual([2, 3]);
  expect(() => cursor.take(1)).toThrow("ends too early");
  cursor.finish("it");
  expect(() => new ByteCursor(Uint8Array.of(1)).finish("sizes")).toThrow("sizes: end of data");
});
