import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CoalesceOptions, coalesce } from "../../src/source/coalesce.ts";

interface Group {
  start: number;
  end: number;
  members: number[];
}

/** The same groups, written for the eye. */
function naive(ranges: readonly [number, number][], { gap, maxBytes }: CoalesceOptions): Group[] {
  const sorted = ranges.map(([start, end], i) => ({ start, end, i }));
  sorted.sort((a, b) => a.start - b.start || a.i - b.i);
  const groups: Group[] = [];
  for (const { start, end, i } of sorted) {
    const last = groups.at(-1);
    const inside = last !== undefined && end <= last.end;
    const near = last !== undefined && start <= last.end + gap && end - last.start <= maxBytes;
    if (last !== undefined && (inside || near)) {
      last.end = Math.max(last.end, end);
      last.members.push(i);
    } else {
      groups.push({ start, end, members: [i] });
    }
  }
  return groups;
}

function grouped(ranges: readonly [number, number][], options: CoalesceOptions): Group[] {
  const starts = Float64Array.from(ranges, ([start]) => start);
  const ends = Float64Array.from(ranges, ([, end]) => end);
  const { count, order, firsts, ...groups } = coalesce(starts, ends, options);
  expect(groups.starts).toHaveLength(count);
  expect(groups.ends).toHaveLength(count);
  expect(firsts).toHaveLength(count + 1);
  return Array.from({ length: count }, (_, g) => ({
    start: groups.starts[g] as number,
    end: groups.ends[g] as number,
    members: [...order.subarray(firsts[g], firsts[g + 1])],
  }));
}

function ranges(most: number, longest: number): fc.Arbitrary<[number, number][]> {
  const range = fc
    .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: longest }))
    .map(([start, length]): [number, number] => [start, start + length]);
  return fc.array(range, { maxLength: 60 });
}

const options = fc.record({
  gap: fc.integer({ min: 0, max: 50 }),
  maxBytes: fc.integer({ min: 1, max: 300 }),
});

describe("coalescing", () => {
  test.each([
    ["close together", 1000, 40],
    ["far apart", 2 ** 40, 1000],
    ["too far for one float", Number.MAX_SAFE_INTEGER - 1000, 1000],
  ])("ranges %s gives what the naive version gives", (_, most, longest) => {
    fc.assert(
      fc.property(ranges(most, longest), options, (all, how) => {
        expect(grouped(all, how)).toEqual(naive(all, how));
      }),
    );
  });

  test("each range lies whole in one group, and groups keep their limit", () => {
    fc.assert(
      fc.property(ranges(500, 60), options, (all, how) => {
        const groups = grouped(all, how);
        const members = groups.flatMap((group) => group.members);
        expect(members.sort((a, b) => a - b)).toEqual(all.map((_, i) => i));
        for (const { start, end, members: inside } of groups) {
          const longest = Math.max(...inside.map((i) => (all[i]?.[1] ?? 0) - (all[i]?.[0] ?? 0)));
          expect(end - start).toBeLessThanOrEqual(Math.max(how.maxBytes, longest));
          for (const i of inside) {
            expect(all[i]?.[0]).toBeGreaterThanOrEqual(start);
            expect(all[i]?.[1]).toBeLessThanOrEqual(end);
          }
        }
      }),
    );
  });

  test("the number of a range survives the sort at the edge of what a float holds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(1000), (n, back) => {
        const most = Math.floor(Number.MAX_SAFE_INTEGER / n) - 1;
        const all = Array.from({ length: n }, (_, i): [number, number] => {
          const start = i === 0 ? most : (i * 7919 * (back + 1)) % most;
          return [start, start + 1];
        });
        all[n - 1] = [0, 1];
        const how = { gap: 0, maxBytes: 10 };
        expect(grouped(all, how)).toEqual(naive(all, how));
      }),
    );
  });

  test("equal ranges share, in the order of their numbers", () => {
    const all: [number, number][] = [
      [500, 600],
      [0, 10],
      [500, 600],
      [500, 600],
    ];
    expect(grouped(all, { gap: 0, maxBytes: 50 })).toEqual([
      { start: 0, end: 10, members: [1] },
      { start: 500, end: 600, members: [0, 2, 3] },
    ]);
  });

  test("a gap is bridged up to its size, and no group outgrows its limit", () => {
    const all: [number, number][] = [
      [0, 10],
      [14, 20],
      [25, 30],
    ];
    const groups = (gap: number, maxBytes: number) =>
      grouped(all, { gap, maxBytes }).map(({ members }) => members);
    expect(groups(3, 100)).toEqual([[0], [1], [2]]);
    expect(groups(4, 100)).toEqual([[0, 1], [2]]);
    expect(groups(5, 100)).toEqual([[0, 1, 2]]);
    expect(groups(5, 29)).toEqual([[0, 1], [2]]);
  });

  test("no ranges are no groups", () => {
    expect(grouped([], { gap: 0, maxBytes: 1 })).toEqual([]);
  });

  test("plain arrays will do, and nonsense is refused", () => {
    const how = { gap: 0, maxBytes: 1 };
    expect(coalesce([5, 0], [6, 1], how).count).toBe(2);
    expect(() => coalesce([0, 1], [1], how)).toThrow(TypeError);
    expect(() => coalesce([], [], { gap: -1, maxBytes: 1 })).toThrow("gap");
    expect(() => coalesce([], [], { gap: Number.NaN, maxBytes: 1 })).toThrow("gap");
    expect(() => coalesce([], [], { gap: 0, maxBytes: 0 })).toThrow("maxBytes");
  });
});
