import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNthrecError, MemorySource, OffsetTable } from "../../src/index.ts";
import { loadOffsets, pageOffsets } from "../../src/offsets/index-file.ts";
import { PageMiss } from "../../src/offsets/offset-table.ts";
import { PageCache, withPages } from "../../src/offsets/page-cache.ts";
import { runPlanSync } from "../../src/plan/run-plan.ts";
import { indexBytes } from "../support/index-files.ts";
import { property } from "../support/property.ts";

const code = (verb: () => unknown): unknown => {
  try {
    return verb();
  } catch (error) {
    return isNthrecError(error) ? error.code : (error as Error).name;
  }
};
const listOf = (table: OffsetTable): number[] =>
  Array.from({ length: table.length }, (_, i) => table.at(i));
const words = (...offsets: number[]): Uint8Array => indexBytes(offsets, 0).slice(16);

/** Offsets that may lie far apart, up to the largest there are. */
const gap = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 50 }));

describe("a table of offsets", () => {
  const action = fc.oneof(
    { arbitrary: fc.record({ verb: fc.constant("push" as const), gap }), weight: 6 },
    fc.record({ verb: fc.constant("pop" as const) }),
    fc.record({ verb: fc.constant("truncate" as const), to: fc.nat(60) }),
    fc.record({
      verb: fc.constant("set" as const),
      at: fc.nat(60),
      by: fc.integer({ min: -4, max: 4 }),
    }),
    fc.record({ verb: fc.constant("fork" as const), to: fc.nat(60), keep: fc.boolean() }),
    fc.record({ verb: fc.constant("decode" as const) }),
    fc.record({
      verb: fc.constant("stride" as const),
      by: fc.integer({ min: 1, max: 9 }),
      count: fc.nat(9),
    }),
  );

  test("is an array of rising numbers, whatever is done to it and however small its pages", () => {
    const check = fc.property(
      fc.constantFrom(1, 2, 4, 16),
      fc.array(action, { maxLength: 80 }),
      (pageLength, actions) => {
        let table = new OffsetTable(pageLength);
        let model: number[] = [];
        /** What went another way, and must not be touched any more. */
        const apart: [OffsetTable, number[]][] = [];
        for (const each of actions) {
          const last = model.at(-1) ?? -1;
          if (each.verb === "push") {
            const offset = last + each.gap;
            if (Number.isSafeInteger(offset)) {
              table.push(offset);
              model.push(offset);
            }
          } else if (each.verb === "stride") {
            table.pushStride(last + 1, each.by, Number.isSafeInteger(last + 99) ? each.count : 0);
            for (let i = 0; i < each.count && Number.isSafeInteger(last + 99); i++) {
              model.push(last + 1 + i * each.by);
            }
          } else if (each.verb === "pop") {
            expect(table.pop()).toBe(model.pop());
          } else if (each.verb === "truncate") {
            table.truncate(each.to);
            model = model.slice(0, each.to);
          } else if (each.verb === "set" && each.at < model.length) {
            const value = (model[each.at] as number) + each.by;
            const fits =
              value > (model[each.at - 1] ?? -1) && value < (model[each.at + 1] ?? 2 ** 53);
            expect(code(() => table.set(each.at, value))).toBe(
              fits ? undefined : "NTH_INVALID_VALUE",
            );
            if (fits) model[each.at] = value;
          } else if (each.verb === "fork") {
            const length = Math.min(each.to, model.length);
            const fork = table.fork(length);
            const copy = model.slice(0, length);
            apart.push(each.keep ? [fork, copy] : [table, [...model]]);
            if (!each.keep) [table, model] = [fork, copy];
          } else if (each.verb === "decode") {
            table = OffsetTable.decode(table.encode(), pageLength);
          }
          expect(table.length).toBe(model.length);
          expect(table.pageCount).toBe(Math.ceil(model.length / pageLength));
        }
        expect(listOf(table)).toEqual(model);
        expect(table.encode()).toEqual(words(...model));
        const half = model.length >> 1;
        expect(table.encode(half)).toEqual(words(...model.slice(half)));
        expect(table.firstFall()).toBeUndefined();
        for (const [other, list] of apart) expect(listOf(other)).toEqual(list);
      },
    );
    fc.assert(check, property);
  });

  test("needs no memory for offsets of one stride, however many", () => {
    const table = new OffsetTable();
    table.pushStride(64, 3072, 2 ** 31);
    expect(table.length).toBe(2 ** 31);
    expect(table.at(2 ** 31 - 1)).toBe(64 + (2 ** 31 - 1) * 3072);
    expect(table.encode(8190, 8194)).toEqual(
      words(...[0, 1, 2, 3].map((i) => 64 + (8190 + i) * 3072)),
    );
    expect(table.fork(5).pop()).toBe(64 + 4 * 3072);
    table.push(64 + 2 ** 31 * 3072);
    expect(table.length).toBe(2 ** 31 + 1);
  });

  test("refuses what does not rise, and what is no place", () => {
    const table = new OffsetTable(2);
    for (const offset of [-1, -0.5, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(
        code(() => table.push(offset)),
        String(offset),
      ).toBe("NTH_CORRUPTION");
    }
    table.push(7);
    for (const offset of [7, 6, 0]) expect(code(() => table.push(offset))).toBe("NTH_CORRUPTION");
    expect(() => table.push(3)).toThrow(
      "record 1 would begin at byte 3, which is not behind byte 7",
    );
    table.push(2 ** 53 - 1);
    expect(listOf(table)).toEqual([7, 2 ** 53 - 1]);
  });

  test("without an order takes any place", () => {
    const table = new OffsetTable(2, false);
    for (const offset of [5, 5, 0, 2 ** 40]) table.push(offset);
    table.set(3, 1);
    table.truncate(4);
    expect(listOf(table)).toEqual([5, 5, 0, 1]);
    expect(code(() => table.push(-1))).toBe("NTH_CORRUPTION");
    expect(listOf(OffsetTable.decode(table.encode(), 2, false))).toEqual([5, 5, 0, 1]);
  });

  test("a page holds a power of two", () => {
    for (const length of [0, -2, 3, 1.5, Number.NaN]) {
      expect(
        code(() => new OffsetTable(length)),
        String(length),
      ).toBe("TypeError");
    }
  });

  test("may begin behind records that nobody looked at", () => {
    for (const known of [0, 1, 8191, 8192, 8193]) {
      const table = OffsetTable.startingAt(known, 100);
      expect(code(() => table.push(99))).toBe("NTH_CORRUPTION");
      table.push(100);
      table.push(105);
      expect([table.length, table.at(known), table.at(known + 1)]).toEqual([known + 2, 100, 105]);
    }
  });

  test("finds the first offset that does not rise", () => {
    const of = (...offsets: number[]) => OffsetTable.decode(words(...offsets), 2).firstFall();
    expect(of()).toBeUndefined();
    expect(of(0, 5, 2 ** 40)).toBeUndefined();
    expect(of(0, 5, 5)).toBe(2);
    expect(of(0, 5, 4, 9, 1)).toBe(2);
    expect(of(2 ** 33, 2 ** 32)).toBe(1);
  });

  test("is decoded from any place in memory", () => {
    const bytes = words(1, 2 ** 32, 2 ** 53 - 1);
    for (let skip = 0; skip < 8; skip++) {
      const moved = new Uint8Array(bytes.length + skip);
      moved.set(bytes, skip);
      const table = OffsetTable.decode(Buffer.from(moved.buffer).subarray(skip));
      expect(listOf(table)).toEqual([1, 2 ** 32, 2 ** 53 - 1]);
    }
  });

  test("asks for the page that it misses", () => {
    const table = new OffsetTable(4);
    table.declare(10);
    for (const [index, page] of [
      [0, 0],
      [3, 0],
      [4, 1],
      [9, 2],
    ] as const) {
      expect(table.pageOf(index)).toBe(page);
      const misses = [() => table.at(index), () => table.encode(index), () => table.pop()];
      if (index < 9) misses.pop();
      for (const verb of misses) {
        let miss: unknown;
        try {
          verb();
        } catch (error) {
          miss = error;
        }
        expect(miss).toBeInstanceOf(PageMiss);
        expect((miss as PageMiss).page).toBe(page);
      }
    }
    expect(
      code(() => table.push(1)),
      "before it is settled",
    ).toBe("NTH_CORRUPTION");
  });
});

describe("pages of a table", () => {
  /** An index file that counts its reads. */
  class Counted extends MemorySource {
    reads = 0;

    override readSync(start: number, end: number): Uint8Array {
      this.reads++;
      return super.readSync(start, end);
    }
  }
  const open = (offsets: readonly number[], pageLength: number) => {
    const source = new Counted(indexBytes(offsets, 0));
    const { table, pages } = pageOffsets(source, offsets.length, { pageLength });
    return { source, table, pages: pages as PageCache };
  };

  test("come and go, also under a table that grows and shrinks", () => {
    const action = fc.oneof(
      { arbitrary: fc.record({ verb: fc.constant("look" as const), at: fc.nat(99) }), weight: 5 },
      fc.record({ verb: fc.constant("push" as const), gap: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ verb: fc.constant("pop" as const) }),
    );
    const offsets = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { maxLength: 40 });
    const check = fc.property(
      offsets,
      fc.constantFrom(1, 2, 4),
      fc.array(action, { maxLength: 60 }),
      (gaps, pageLength, actions) => {
        const model = gaps.map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b));
        const source = new MemorySource(indexBytes(model, 0));
        const table = new OffsetTable(pageLength);
        table.declare(model.length);
        // Room for two pages, the least there is.
        const pages = new PageCache(table, source, 0);
        const ready = (index: number): void => {
          while (!pages.has(index)) runPlanSync(pages.load(index));
        };
        for (const each of actions) {
          if (each.verb === "look") {
            if (each.at >= model.length) continue;
            ready(each.at);
            expect(table.at(each.at)).toBe(model[each.at]);
            if (each.at + 1 < model.length) expect(table.at(each.at + 1)).toBe(model[each.at + 1]);
          } else if (model.length > 0) {
            ready(Math.max(0, model.length - 2));
            table.settle();
            if (each.verb === "pop") {
              expect(table.pop()).toBe(model.pop());
            } else {
              const offset = (model.at(-1) as number) + each.gap;
              table.push(offset);
              model.push(offset);
            }
          }
        }
        for (let i = 0; i < model.length; i++) {
          ready(i);
          expect(table.at(i)).toBe(model[i]);
        }
      },
    );
    fc.assert(check, property);
  });

  test("are read once while they are in use", () => {
    const { source, table, pages } = open(
      Array.from({ length: 64 }, (_, i) => i),
      4,
    );
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 63; i++) {
        expect(runPlanSync(withPages(pages, () => table.at(i) + table.at(i + 1)))).toBe(2 * i + 1);
      }
    }
    expect(source.reads).toBe(16);
  });

  test("that do not rise are refused, with the place in the file", () => {
    const { table, pages } = open([0, 1, 2, 3, 4, 4, 6, 7], 4);
    expect(runPlanSync(withPages(pages, () => table.at(3)))).toBe(3);
    const failure = code(() => runPlanSync(pages.loadPage(1)));
    expect(failure).toBe("NTH_INDEX_INVALID");
    expect(() => runPlanSync(pages.loadPage(1))).toThrow(`byte ${16 + 5 * 8} of`);
    const loose = new OffsetTable(4, false);
    loose.declare(8);
    const source = new MemorySource(words(7, 1, 1, 0, 0, 9, 9, 2));
    const any = new PageCache(loose, source, 0, { base: 0, rising: false });
    expect(runPlanSync(withPages(any, () => listOf(loose)))).toEqual([7, 1, 1, 0, 0, 9, 9, 2]);
  });

  test("an error that is no missing page passes", () => {
    const failing = (): never => {
      throw new RangeError("of its own");
    };
    expect(code(() => runPlanSync(withPages(undefined, failing)))).toBe("RangeError");
    const miss = (): never => {
      throw new PageMiss(3);
    };
    expect(() => runPlanSync(withPages(undefined, miss))).toThrow(PageMiss);
  });

  test("offsets are resident where they are few or the caller wants it", () => {
    const many = Array.from({ length: 8193 }, (_, i) => i);
    const load = (options: Parameters<typeof loadOffsets>[2]) =>
      runPlanSync(loadOffsets(new MemorySource(indexBytes(many, 0)), many.length, options));
    for (const options of [{}, { offsets: "resident", remote: true }] as const) {
      const { table, pages } = load(options);
      expect([pages, table.length, table.at(8192)]).toEqual([undefined, 8193, 8192]);
    }
    for (const options of [{ offsets: "paged" }, { remote: true }] as const) {
      const { table, pages } = load(options);
      expect(table.page(0)).toBeUndefined();
      expect(runPlanSync(withPages(pages, () => table.at(8192)))).toBe(8192);
    }
    expect(load({ remote: true }).table.pageLength).toBe(2048);
  });
});
