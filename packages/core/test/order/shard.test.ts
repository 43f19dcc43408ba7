import { permutation, type Remainder, type ShardLayout, shard } from "@nthrec/core/order";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { property } from "../support/property.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);

function shares(total: number, count: number, layout: ShardLayout, remainder: Remainder) {
  return Array.from({ length: count }, (_, index) => [
    ...shard(total, index, count, { layout, remainder }),
  ]);
}

const layouts = fc.constantFrom<ShardLayout>("contiguous", "stride");
const totals = fc.integer({ min: 0, max: 200 });
const counts = fc.integer({ min: 1, max: 30 });
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe("ten records for four workers", () => {
  test.each<[ShardLayout, Remainder, number[][]]>([
    [
      "contiguous",
      "keep",
      [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7],
        [8, 9],
      ],
    ],
    [
      "contiguous",
      "drop",
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ],
    ],
    [
      "contiguous",
      "pad",
      [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
        [9, 0, 1],
      ],
    ],
    [
      "stride",
      "keep",
      [
        [0, 4, 8],
        [1, 5, 9],
        [2, 6],
        [3, 7],
      ],
    ],
    [
      "stride",
      "drop",
      [
        [0, 4],
        [1, 5],
        [2, 6],
        [3, 7],
      ],
    ],
    [
      "stride",
      "pad",
      [
        [0, 4, 8],
        [1, 5, 9],
        [2, 6, 0],
        [3, 7, 1],
      ],
    ],
  ])("%s, %s", (layout, remainder, expected) => {
    expect(shares(10, 4, layout, remainder)).toEqual(expected);
  });
});

describe("laws", () => {
  test("keep: every record once, and nobody has more than one more", () => {
    fc.assert(
      fc.property(totals, counts, layouts, (total, count, layout) => {
        const all = shares(total, count, layout, "keep");
        const flat = all.flat();
        if (layout === "contiguous") expect(flat).toEqual(range(total));
        else expect(sorted(flat)).toEqual(range(total));
        const sizes = all.map((each) => each.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      property,
    );
  });

  test("drop: all have equally many, no record twice, and fewer than one each are left out", () => {
    fc.assert(
      fc.property(totals, counts, layouts, (total, count, layout) => {
        const all = shares(total, count, layout, "drop");
        for (const each of all) expect(each.length).toBe(Math.floor(total / count));
        const flat = all.flat();
        expect(sorted(flat)).toEqual(range(total - (total % count)));
      }),
      property,
    );
  });

  test("pad: all have equally many, every record is there, and fewer than one each come again", () => {
    fc.assert(
      fc.property(totals, counts, layouts, (total, count, layout) => {
        const all = shares(total, count, layout, "pad");
        for (const each of all) expect(each.length).toBe(Math.ceil(total / count));
        expect(sorted([...new Set(all.flat())])).toEqual(range(total));
        expect(all.flat().length - total).toBeLessThan(count);
      }),
      property,
    );
  });

  test("a record is found where it stands first", () => {
    const remainders = fc.constantFrom<Remainder>("keep", "drop", "pad");
    fc.assert(
      fc.property(
        totals,
        counts,
        layouts,
        remainders,
        fc.nat(),
        (total, count, layout, remainder, pick) => {
          const share = shard(total, pick % count, count, { layout, remainder });
          const records = [...share];
          for (let record = -1; record <= total; record++) {
            const position = records.indexOf(record);
            expect(share.positionOf(record)).toBe(position === -1 ? undefined : position);
          }
        },
      ),
      property,
    );
  });

  test("a share of a share, and of a permutation", () => {
    const order = permutation(1000, 9);
    const options = { layout: "stride", remainder: "keep" } as const;
    const half = shard(order, 1, 2, options);
    const quarters = [0, 1].flatMap((index) => [...shard(half, index, 2, options)]);
    expect(sorted(quarters)).toEqual(sorted([...half]));
    expect([...half]).toEqual([...order].filter((_, position) => position % 2 === 1));
    expect(half.positionOf(order.get(7))).toBe(3);
    expect(half.positionOf(order.get(6))).toBeUndefined();
  });
});

test("numbers and names that are none", () => {
  const keep = { remainder: "keep" } as const;
  expect(() => shard(-1, 0, 1, keep)).toThrow(TypeError);
  expect(() => shard(5, 0, 0, keep)).toThrow(TypeError);
  expect(() => shard(5, 2, 2, keep)).toThrow("a worker's number is a whole number from 0 to 1");
  expect(() => shard(5, 0, 1, {} as never)).toThrow('remainder is "keep", "drop" or "pad"');
  expect(() => shard(5, 0, 1, { ...keep, layout: "zigzag" as never })).toThrow("layout is");
  expect(() => shard(5, 0, 1, keep).get(5)).toThrow("the order has 5 positions");
});
