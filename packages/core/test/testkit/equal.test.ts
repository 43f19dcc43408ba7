import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstDifference, sameBytes, sameValue, show } from "../../src/testkit/equal.ts";
import { Random } from "../../src/testkit/random.ts";

describe("sameValue", () => {
  test.each([
    [Number.NaN, Number.NaN],
    [
      { a: 1, b: [2, { c: null }] },
      { b: [2, { c: null }], a: 1 },
    ],
    [new Date(5), new Date(5)],
    [new Map([[1, { a: 2 }]]), new Map([[1, { a: 2 }]])],
    [new Set(["a", "b"]), new Set(["a", "b"])],
    [Uint8Array.of(1, 2), Buffer.from([1, 2])],
    [Float32Array.of(1.5, Number.NaN), Float32Array.of(1.5, Number.NaN)],
    [2n ** 70n, 2n ** 70n],
    [undefined, undefined],
  ])("holds for equals (%#)", (a, b) => {
    expect(sameValue(a, b)).toBe(true);
    expect(sameValue(b, a)).toBe(true);
  });

  test.each([
    [0, -0],
    [1, "1"],
    [1, 1n],
    [null, undefined],
    [null, {}],
    [{ a: 1 }, { a: 1, b: undefined }],
    [{ a: undefined }, { b: undefined }],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], { 0: 1 }],
    [Uint8Array.of(1), Int8Array.of(1)],
    [Uint8Array.of(1), [1]],
    [Float64Array.of(0), Float64Array.of(-0)],
    [new Date(5), new Date(6)],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Set([1]), new Set([2])],
  ])("does not hold for what differs (%#)", (a, b) => {
    expect(sameValue(a, b)).toBe(false);
    expect(sameValue(b, a)).toBe(false);
  });

  test("holds for what JSON makes of a value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = JSON.parse(JSON.stringify(value));
        // JSON has no minus zero, which is another value.
        return sameValue(JSON.parse(JSON.stringify(copy)), copy);
      }),
    );
  });
});

describe("messages", () => {
  test("show is short and says what it left out", () => {
    expect(show("x".repeat(500))).toMatch(/^"x{119}… \(502 characters\)$/);
    expect(show(Uint8Array.from({ length: 20 }, (_, i) => i))).toBe(
      "20 bytes <00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f …>",
    );
    expect(show({ big: 5n })).toBe('{"big":"5n"}');
    expect(show(undefined)).toBe("undefined");
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(show(cycle)).toBe("[object Object]");
  });

  test("firstDifference says where and what", () => {
    const text = firstDifference(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 9));
    expect(text).toBe("they part at byte 1: got 2 bytes <02 03> of 3, expected 1 bytes <09> of 2");
    expect(sameBytes(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
  });
});

describe("Random", () => {
  test("repeats for a seed, and differs for another", () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (r) => () =>
            r.next()
        )(new Random(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(new Set(draw(0)).size).toBe(5);
  });

  test("shuffles, samples and bounds", () => {
    const random = new Random(3);
    const items = Array.from({ length: 50 }, (_, i) => i);
    const mixed = random.shuffle(items);
    expect(mixed).not.toEqual(items);
    expect([...mixed].sort((a, b) => a - b)).toEqual(items);
    expect(random.sample(5, 9)).toEqual([0, 1, 2, 3, 4]);
    const sample = random.sample(1000, 9);
    expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b));
    expect(sample).toHaveLength(9);
    expect(sample[0]).toBe(0);
    expect(sample[8]).toBe(999);
    expect(random.bytes(1000).some((byte) => byte > 200)).toBe(true);
  });
});
