import { MemoryStore, type ReadPlan } from "@nthrec/core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";
import { readOpenEnd, withEnd } from "../src/records/open-end.ts";
import { property } from "./support/seed.ts";

beforeAll(() => ArrayRecordWriter.prepare());

const MOST = 1024 * 1024;
const LENGTHS = [0, 7, 900, 40_000, 70_000, 140_000];

/** A store whose file a writer changes as soon as a reader has opened it, and before it has read everything. */
function busy(store: MemoryStore, reads: number, write: () => void): MemoryStore {
  let left = reads;
  return new Proxy(store, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key !== "openSync") return value.bind(target);
      return (name: string) => {
        const source = target.openSync(name);
        if (name !== "file") return source;
        const readSync = source.readSync.bind(source);
        return Object.assign(source, {
          readSync: (start: number, end: number) => {
            if (--left === 0) write();
            return readSync(start, end);
          },
        });
      };
    },
  });
}

test("a writer at work under a reader takes nothing from it, with a footer and without one", async () => {
  const sizes = fc.array(fc.constantFrom(...LENGTHS), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.constantFrom(...LENGTHS),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 2, max: 5 }),
      fc.constantFrom("close", "commit"),
      async (before, next, reads, groupSize, finalize) => {
        const store = new MemoryStore();
        const entry = { store, name: "file" };
        const options = { groupSize, compression: "none", finalize } as const;
        const writer = await ArrayRecordWriter.open(entry, { mode: "append", ...options });
        const records = before.map((size, i) => new Uint8Array(size).fill(i + 1));
        for (const record of records) await writer.append(record);
        const place = {
          store: busy(store, reads, () => {
            writer.appendSync(new Uint8Array(next).fill(100));
          }),
          name: "file",
        };
        await using reader = await ArrayRecordReader.open(place, { tail: "ignore" });
        const all = [...records, new Uint8Array(next).fill(100)];
        expect(reader.length).toBeGreaterThanOrEqual(records.length);
        const count = reader.length;
        const wrong = (): number =>
          all.slice(0, count).findIndex((record, i) => Buffer.compare(reader.getSync(i), record));
        expect(wrong()).toBe(-1);
        writer.closeSync();
        // A snapshot stays what it was, whatever the writer left at the end.
        expect(wrong()).toBe(-1);
        expect((await reader.verify({ level: "full" })).problems).toEqual([]);
      },
    ),
    { ...property, numRuns: 60 },
  );
});

/** Goes through a plan over some bytes; answers what it asked for, and its answer. */
function run<R>(
  plan: ReadPlan<R>,
  bytes: Uint8Array,
): { readonly asked: [number, number][]; readonly answer: R } {
  const asked: [number, number][] = [];
  let next = plan.next();
  while (next.done !== true) {
    const { start, end } = next.value;
    asked.push([start, end]);
    next = plan.next(bytes.subarray(start, end));
  }
  return { asked, answer: next.value };
}

test("the end of bytes that are no file is nothing", () => {
  for (const size of [0, 10, 24, 100, 70_000, 300_000]) {
    expect(run(readOpenEnd(size, MOST), new Uint8Array(size)).answer).toBeUndefined();
  }
});

test("an end that is longer than may be kept is nothing", async () => {
  const store = new MemoryStore();
  const options = { groupSize: 4, compression: "none", finalize: "close" } as const;
  await using writer = await ArrayRecordWriter.open({ store, name: "file" }, options);
  for (let i = 0; i < 6; i++) await writer.append(new Uint8Array(50_000).fill(i));
  await writer.commit();
  using source = store.openSync("file");
  const bytes = source.readSync(0, source.size).slice();
  const found = run(readOpenEnd(bytes.length, MOST), bytes).answer;
  expect(Buffer.compare(found?.bytes ?? bytes, bytes.subarray(found?.start))).toBe(0);
  expect(found?.start).toBeGreaterThan(200_000);
  expect(run(readOpenEnd(bytes.length, 1000), bytes).answer).toBeUndefined();
});

test("a plan is given the end as it was, whole or in part", () => {
  const now = Uint8Array.of(0, 1, 2, 3, 4, 5);
  const tail = { start: 4, bytes: Uint8Array.of(40, 50) };
  function* plan(): ReadPlan<number[][]> {
    const read: number[][] = [];
    for (const [start, end] of [
      [0, 3],
      [2, 6],
      [4, 6],
      [5, 6],
      [0, 4],
    ] as const) {
      read.push([...(yield { start, end })]);
    }
    return read;
  }
  expect(run(withEnd(plan(), tail), now)).toEqual({
    asked: [
      [0, 3],
      [2, 4],
      [0, 4],
    ],
    answer: [[0, 1, 2], [2, 3, 40, 50], [40, 50], [50], [0, 1, 2, 3]],
  });
  expect(run(withEnd(plan(), undefined), now).asked.length).toBe(5);
});
