import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Key, keyed, keyedSync } from "../../src/keys/index.ts";
import { property } from "../support/property.ts";
import { addRows, byRow, bytesOf, canon, openRows, type Row, storeOf } from "./support/rows.ts";

const INT = 2n ** 63n;
const key: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("", "5", "a", "key", "x".repeat(31), "x".repeat(300)),
  fc.uint8Array({ maxLength: 6 }),
  fc.constantFrom(new Uint8Array([0xff]), new Uint8Array([0x61])),
  fc.integer({ min: -3, max: 9 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -INT, max: INT - 1n }),
  fc.constantFrom(-INT, INT - 1n, 0n),
  fc.double().map((float) => ({ float })),
  fc.constantFrom(
    { float: 5 },
    { float: 0 },
    { float: -0 },
    Number.NaN,
    0.5,
    Number.POSITIVE_INFINITY,
  ),
);
const row: fc.Arbitrary<Row> = fc.oneof(
  { weight: 8, arbitrary: key.map((each) => [each]) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.array(key, { maxLength: 4 }) },
);
const runs = { ...property, numRuns: Math.min(property.numRuns, 60) };
const lenient = { duplicates: "all", missing: "skip" } as const;

/** Which records each key has, from a walk over the rows. */
function truth(rows: readonly Row[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, keys] of rows.entries()) {
    for (const each of new Set((keys ?? []).map(canon))) {
      found.set(each, [...(found.get(each) ?? []), index]);
    }
  }
  return found;
}

/** What a lookup must find: a number without fraction may be an integer or a float. */
function wanted(all: Map<string, number[]>, sought: Key): number[] {
  const other = typeof sought === "number" && Number.isInteger(sought) ? { float: sought } : sought;
  return all.get(canon(sought)) ?? all.get(canon(other)) ?? [];
}

describe("an index of keys", () => {
  test("finds what a Map finds, at once and with waiting, in memory and page by page", async () => {
    const property_ = fc.asyncProperty(
      fc.array(row, { maxLength: 60 }),
      fc.array(key, { maxLength: 20 }),
      async (rows, others) => {
        const entry = storeOf(rows);
        using reader = openRows(entry);
        const all = truth(rows);
        for (const keys of ["resident", "paged"] as const) {
          using index = keyedSync(reader, { ...byRow, ...lenient, keys });
          using last = keyedSync(reader, { ...byRow, missing: "skip", duplicates: "last", keys });
          for (const sought of [...rows.flatMap((each) => each ?? []), ...others]) {
            const expected = wanted(all, sought);
            expect(index.findAllSync(sought)).toEqual(expected);
            expect(await index.findAll(sought)).toEqual(expected);
            expect(index.findSync(sought)).toBe(expected[0]);
            expect(await index.find(sought)).toBe(expected[0]);
            expect(last.findSync(sought)).toBe(expected.at(-1));
            expect(await index.has(sought)).toBe(expected.length > 0);
            expect(index.getAllSync(sought)).toEqual(reader.getManySync(expected));
          }
          expect(new Set([...index.keysSync()].map(canon))).toEqual(new Set(all.keys()));
          const listed: Key[] = [];
          for await (const each of index.keys()) listed.push(each);
          expect(listed).toEqual([...index.keysSync()]);
          expect(listed.length).toBe(all.size);
          for (const each of listed) expect(index.findAllSync(each)).toEqual(all.get(canon(each)));
          const entries = [...all.values()].reduce((sum, records) => sum + records.length, 0);
          expect(index.stats).toMatchObject({
            records: rows.length,
            keys: all.size,
            entries,
            duplicates: entries - all.size,
            missing: rows.filter((keys) => (keys ?? []).length === 0).length,
            damaged: 0,
            resident: keys === "resident",
          });
        }
      },
    );
    await fc.assert(property_, runs);
  });

  test("is the same bytes built at once, in pieces, with little memory, anew, and awaited", async () => {
    const property_ = fc.asyncProperty(
      fc.array(row, { maxLength: 80 }),
      fc.array(fc.nat(80), { maxLength: 3 }),
      async (rows, cuts) => {
        const options = { ...byRow, ...lenient };
        const whole = storeOf(rows);
        using reader = openRows(whole);
        keyedSync(reader, options).closeSync();
        const expected = bytesOf(whole, "data.keys-row");

        const stops = [...new Set([...cuts.map((cut) => Math.min(cut, rows.length)), rows.length])];
        const grown = storeOf([]);
        let from = 0;
        for (const stop of stops.sort((a, b) => a - b)) {
          addRows(grown, rows.slice(from, stop));
          from = stop;
          using part = openRows(grown);
          keyedSync(part, options).closeSync();
        }
        expect(bytesOf(grown, "data.keys-row")).toEqual(expected);

        const small = storeOf(rows);
        using other = openRows(small);
        await (await keyed(other, { ...options, buildMemory: 200 })).close();
        expect(bytesOf(small, "data.keys-row")).toEqual(expected);
        using again = keyedSync(other, { ...options, buildMemory: 1 });
        again.rebuildSync();
        await again.rebuild();
        expect(bytesOf(small, "data.keys-row")).toEqual(expected);
        expect(small.store.listSync().filter((name) => name.includes(".tmp-"))).toEqual([]);
      },
    );
    await fc.assert(property_, runs);
  });

  test("grows without looking at old records again", () => {
    const entry = storeOf(Array.from({ length: 500 }, (_, i) => [`old ${i}`]));
    using before = openRows(entry);
    keyedSync(before, byRow).closeSync();
    addRows(entry, [["new"]]);
    using reader = openRows(entry);
    const seen: number[] = [];
    const key = (record: Uint8Array, index: number) => {
      seen.push(index);
      return byRow.key(record, index);
    };
    using index = keyedSync(reader, { ...byRow, key });
    // The first and the last old one, to see that keys are still made as they were; and the new one.
    expect(seen.sort((a, b) => a - b)).toEqual([0, 499, 500]);
    expect(index.findSync("new")).toBe(500);
    expect(index.findSync("old 77")).toBe(77);
  });

  test("takes little room: beside the key 8 bytes a record, on disk and in memory", () => {
    const count = 20_000;
    const entry = storeOf(
      Array.from({ length: count }, (_, i) => [`key-${String(i).padStart(12, "0")}`]),
    );
    using reader = openRows(entry);
    using index = keyedSync(reader, byRow);
    const perKey = index.stats.bytes / count;
    expect(perKey).toBeGreaterThan(16);
    expect(perKey).toBeLessThan(24);
    expect(index.stats.resident).toBe(true);
  });

  test("keeps many records of one key in few bytes", () => {
    const entry = storeOf(Array.from({ length: 5000 }, (_, i) => [`class ${i % 10}`]));
    using reader = openRows(entry);
    using index = keyedSync(reader, { ...byRow, duplicates: "all" });
    expect(index.stats).toMatchObject({ keys: 10, entries: 5000 });
    expect(index.stats.bytes).toBeLessThan(5000 * 3);
    expect(index.findAllSync("class 3")).toEqual(Array.from({ length: 500 }, (_, i) => i * 10 + 3));
    expect(index.getAllSync("class 3").length).toBe(500);
  });
});
