import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNthrecError, MemorySource } from "../../src/index.ts";
import { bytesOf, disk, NAME, openWriter } from "../support/crash.ts";
import { asyncOnly } from "../support/fault-source.ts";
import { FaultStore } from "../support/fault-store.ts";
import { indexBytes, plainData, put, storeWith } from "../support/index-files.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";
import { property } from "../support/property.ts";

const plain = { Reader: PlainReader, Writer: PlainWriter };
const COUNT = 1000;
/** Records whose bytes begin like records of their own, so that a split one is hard to tell. */
const { data, offsets } = plainData(Array.from({ length: COUNT }, (_, i) => 2 + (i % 5)));
const values = Array.from(offsets, (_, i) => new Uint8Array(2 + (i % 5)).fill(i & 0xff));

/** Offsets with one lie in the middle, where a sample does not look. */
const lies: Readonly<Record<string, number[]>> = {
  "one offset too many": [
    ...offsets.slice(0, 501),
    (offsets[500] as number) + 1,
    ...offsets.slice(501),
  ],
  "one offset too few": [...offsets.slice(0, 500), ...offsets.slice(501)],
  "a wrong offset": offsets.map((each, i) => (i === 500 ? each + 1 : each)),
};

const openStore = (index: readonly number[]) =>
  new FaultStore(storeWith(data, indexBytes(index, data.length)));

describe.each(Object.entries(lies))("an index with %s", (_, index) => {
  const paging = ["resident", "paged"] as const;

  test.each(paging)("iteration tells every record once, offsets %s", async (offsets) => {
    const store = openStore(index);
    const reader = PlainReader.openSync({ store, name: NAME }, { offsets });
    expect([...reader]).toEqual(values);
    expect(reader.length).toBe(COUNT);
    reader.closeSync();
    const again = await PlainReader.open({ store, name: NAME }, { offsets });
    const seen: Uint8Array[] = [];
    for await (const each of again) seen.push(each);
    expect(seen).toEqual(values);
    await again.close();
    expect(store.opened).toEqual([]);
  });

  test("iteration of an asynchronous source does", async () => {
    const source = asyncOnly(new MemorySource(data));
    const store = storeWith(data, indexBytes(index, data.length));
    const reader = await PlainReader.open(source, { index: { store, name: `${NAME}.idx` } });
    const seen: Promise<IteratorResult<Uint8Array>>[] = [];
    const records = reader[Symbol.asyncIterator]();
    for (let i = 0; i <= COUNT; i++) seen.push(records.next());
    const results = await Promise.all(seen);
    expect(results.slice(0, COUNT).map(({ value }) => value as Uint8Array)).toEqual(values);
    expect(results[COUNT]).toEqual({ value: undefined, done: true });
    await reader.close();
  });

  test("a batch over the lie is right in all of it", async () => {
    const all = Array.from({ length: COUNT - 1 }, (_, i) => i);
    const store = openStore(index);
    const reader = PlainReader.openSync({ store, name: NAME });
    expect(reader.getManySync(all)).toEqual(values.slice(0, -1));
    reader.closeSync();
    const again = await PlainReader.open({ store, name: NAME });
    expect(await again.getMany([...all].reverse())).toEqual(values.slice(0, -1).reverse());
    await again.close();
  });

  test("single reads of the lie are right, many at once find the offsets once", async () => {
    const source = asyncOnly(new MemorySource(data));
    let scans = 0;
    const store = storeWith(data, indexBytes(index, data.length));
    const reader = await PlainReader.open(source, {
      index: { store, name: `${NAME}.idx` },
      onIndexProgress: ({ position, size }) => {
        if (position === size) scans++;
      },
    });
    // The record that the index makes too long or too short; others may look like records.
    const lied = index.length < COUNT ? 499 : 500;
    const reads = Array.from({ length: 20 }, () => reader.get(lied));
    for (const each of await Promise.all(reads)) expect(each).toEqual(values[lied]);
    expect(scans).toBe(1);
    await reader.close();
  });
});

test("a synchronous verb does not wait for an asynchronous one that finds the offsets", async () => {
  const store = openStore(lies["a wrong offset"] as number[]);
  const reader = await PlainReader.open({ store, name: NAME });
  const first = reader.get(500);
  expect(reader.getSync(499)).toEqual(values[499]);
  expect(await first).toEqual(values[500]);
  await reader.close();
  expect(store.opened).toEqual([]);
});

test("a record that the index made up is out of range once that is known", () => {
  const store = openStore(lies["one offset too many"] as number[]);
  const reader = PlainReader.openSync({ store, name: NAME });
  expect(reader.length).toBe(COUNT + 1);
  const code = (verb: () => unknown): unknown => {
    try {
      return verb();
    } catch (error) {
      return isNthrecError(error) ? error.code : error;
    }
  };
  expect(code(() => reader.getManySync([500, COUNT]))).toBe("NTH_OUT_OF_RANGE");
  const view = reader.slice(0, COUNT + 1);
  expect(reader.length).toBe(COUNT);
  expect(code(() => reader.getSync(COUNT))).toBe("NTH_OUT_OF_RANGE");
  expect(view.length).toBe(COUNT);
  reader.closeSync();
});

test("views over a lie give what arrays give", () => {
  const ends = fc.tuple(fc.integer({ min: 0, max: 499 }), fc.integer({ min: 502, max: COUNT }));
  const check = fc.property(ends, fc.constantFrom(...Object.keys(lies)), ([from, to], lie) => {
    const reader = PlainReader.openSync({ store: openStore(lies[lie] as number[]), name: NAME });
    const view = reader.slice(from, to);
    expect([...view]).toEqual(values.slice(from, Math.min(to, from + view.length)));
    reader.closeSync();
  });
  fc.assert(check, { ...property, numRuns: 30 });
});

test("a damaged record is an error, and iteration goes on behind it", () => {
  const damaged = data.slice();
  damaged[offsets[500] as number] = 77;
  const store = storeWith(damaged, indexBytes(offsets, damaged.length));
  const reader = PlainReader.openSync(
    { store, name: NAME },
    { tail: "ignore", onStaleIndex: "memory" },
  );
  const records = reader[Symbol.iterator]();
  const seen: unknown[] = [];
  for (;;) {
    try {
      const next = records.next();
      if (next.done === true) break;
      seen.push(next.value.length);
    } catch (error) {
      seen.push(isNthrecError(error) ? error.code : error);
    }
  }
  // The offsets found anew end where the damage makes them end.
  expect(seen.slice(0, 500)).toEqual(values.slice(0, 500).map((each) => each.length));
  expect(seen.length).toBeGreaterThan(500);
  reader.closeSync();
});

describe("beside a seal", () => {
  const records = Array.from({ length: 300 }, (_, i) => new Uint8Array(2 + (i % 5)).fill(i & 0xff));

  test.each(["valid", "stale"] as const)(
    "an index that forgets records in a place where nobody looks is not believed (%s header)",
    (header) => {
      const store = disk();
      const writer = openWriter(plain, store, { mode: "append" });
      writer.extendSync(records);
      writer.closeSync();
      const whole = bytesOf(store, `${NAME}.idx`);
      // A reader of another program had begun to make it anew when an appender added its record.
      const kept = [...whole.subarray(0, 16 + 8 * 100), ...whole.subarray(-8)];
      put(store, `${NAME}.idx`, Uint8Array.from(kept));
      if (header === "stale") {
        const data = store.editSync(NAME);
        data.appendSync(Uint8Array.of(1, 1));
        data.closeSync();
      }
      const more = header === "stale" ? [Uint8Array.of(1)] : [];
      const reader = PlainReader.openSync({ store, name: NAME }, { onStaleIndex: "memory" });
      expect(reader.length).toBe(records.length + more.length);
      expect([...reader]).toEqual([...records, ...more]);
      reader.closeSync();
    },
  );
});
