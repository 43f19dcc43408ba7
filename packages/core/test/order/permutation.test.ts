import { Permutation, permutation } from "@nthrec/core/order";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { property } from "../support/property.ts";
import { grainCases } from "../vectors/grain.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const rounds = fc.integer({ min: 2, max: 8 }).map((half) => 2 * half);

describe("the numbers are Grain's", () => {
  test.each(grainCases)("length $length, $rounds rounds", (vector) => {
    const order = permutation(vector.length, vector.seed, { rounds: vector.rounds });
    expect(vector.positions.map((position) => order.get(position))).toEqual(vector.records);
    expect(vector.records.map((record) => order.positionOf(record))).toEqual(vector.positions);
  });

  test("an epoch is a seed of its own, and seeds go round", () => {
    // list(grain.MapDataset.range(7).shuffle(seed=3).repeat(3))
    const passes = [0, 1, 2].map((epoch) => [...permutation(7, 3, { epoch })]);
    expect(passes).toEqual([
      [4, 6, 0, 1, 2, 5, 3],
      [6, 0, 4, 3, 2, 1, 5],
      [4, 0, 5, 3, 1, 6, 2],
    ]);
    expect([...permutation(9, 2 ** 32 - 1, { epoch: 6 })]).toEqual([...permutation(9, 5)]);
    expect([...permutation(9, 2, { epoch: 2 ** 32 + 3 })]).toEqual([...permutation(9, 5)]);
  });
});

describe("it is a permutation", () => {
  // Around the lengths where a table ends, and where a block gets two bits more.
  const borders = [0, 1, 2, 3, 4095, 4096, 4097, 65535, 65536, 65537, 65538, 2 ** 18, 2 ** 18 + 1];
  test.each(borders)("of %i records", (length) => {
    const order = permutation(length, 1);
    const seen = new Uint8Array(length);
    for (let position = 0; position < length; position++) {
      const record = order.get(position);
      seen[record] = (seen[record] as number) + 1;
      if (order.positionOf(record) !== position) expect(order.positionOf(record)).toBe(position);
    }
    expect(seen.every((times) => times === 1)).toBe(true);
  });

  test("of any number of records", () => {
    const lengths = fc.integer({ min: 0, max: 6000 });
    fc.assert(
      fc.property(lengths, seeds, rounds, (length, seed, count) => {
        const order = permutation(length, seed, { rounds: count });
        const records = [...order];
        expect(sorted(records)).toEqual(Array.from({ length }, (_, i) => i));
        expect(records.map((record) => order.positionOf(record))).toEqual([...records.keys()]);
      }),
      { ...property, numRuns: Math.min(property.numRuns, 50) },
    );
  });

  test("position and record lead to each other at any size", () => {
    const lengths = fc.double({ min: 0, max: 53, noNaN: true }).map((x) => Math.floor(2 ** x));
    fc.assert(
      fc.property(
        lengths,
        seeds,
        rounds,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (size, seed, count, at) => {
          const length = Math.min(size, Number.MAX_SAFE_INTEGER);
          const order = permutation(length, seed, { rounds: count });
          const position = Math.min(length - 1, Math.floor(at * length));
          const record = order.get(position);
          expect(record).toBeGreaterThanOrEqual(0);
          expect(record).toBeLessThan(length);
          expect(order.positionOf(record)).toBe(position);
          expect(order.get(order.positionOf(position) as number)).toBe(position);
        },
      ),
      property,
    );
  });

  test("a window of it lies everywhere", () => {
    const length = 1_000_000;
    const quarters = [0, 0, 0, 0];
    for (const record of permutation(length, 11).slice(500_000, 504_000)) {
      const quarter = Math.floor((4 * record) / length);
      quarters[quarter] = (quarters[quarter] as number) + 1;
    }
    for (const count of quarters) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });
});

describe("what is asked for", () => {
  const order = new Permutation(10, 42);

  test("slices count as those of an array", () => {
    const all = [8, 6, 7, 9, 0, 5, 1, 2, 4, 3];
    expect([...order]).toEqual(all);
    for (const start of [undefined, -20, -3, 0, 2, 9, 10, 30]) {
      for (const end of [undefined, -20, -1, 0, 4, 10, 30]) {
        expect(order.slice(start, end)).toEqual(all.slice(start, end));
      }
    }
  });

  test("a position that does not exist", () => {
    expect(() => order.get(10)).toThrow(expect.objectContaining({ code: "NTH_OUT_OF_RANGE" }));
    expect(() => order.get(-1)).toThrow("position -1 does not exist: the order has 10 positions");
    expect(() => order.get(1.5)).toThrow(TypeError);
    for (const none of [-1, 10, 0.5, Number.NaN]) expect(order.positionOf(none)).toBeUndefined();
  });

  test("numbers that are none", () => {
    expect(() => permutation(-1, 0)).toThrow(TypeError);
    expect(() => permutation(2 ** 53, 0)).toThrow(TypeError);
    expect(() => permutation(1, 2 ** 32)).toThrow("a seed is a whole number from 0 to 4294967295");
    expect(() => permutation(1, -1)).toThrow(TypeError);
    expect(() => permutation(1, 0, { rounds: 2 })).toThrow(TypeError);
    expect(() => permutation(1, 0, { rounds: 5 })).toThrow("rounds come in pairs");
    expect(() => permutation(1, 0, { rounds: 1026 })).toThrow(TypeError);
    expect(() => permutation(1, 0, { epoch: -1 })).toThrow(TypeError);
  });
});
