import { describe, expect, test } from "vitest";
import { MemorySource, MemoryStore } from "../../src/index.ts";
import { ChunkedReader, ChunkedWriter } from "../support/chunked-format.ts";
import { asyncOnly, FaultSource } from "../support/fault-source.ts";
import { plainData, put } from "../support/index-files.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const sizes = Array.from({ length: 50 }, (_, i) => i % 90);
const { data, offsets } = plainData(sizes);
const unsupported = expect.objectContaining({ code: "NTH_NOT_SUPPORTED" });
const closed = { code: "NTH_NOT_OPEN" };

describe("a reader over data that answer only later", () => {
  test("refuses the verbs that end in Sync, and for…of", async () => {
    const reader = await PlainReader.open(asyncOnly(new MemorySource(data)));
    expect(reader.sync).toBe(false);
    const verbs: (() => unknown)[] = [
      () => reader.getSync(0),
      () => reader.atSync(-1),
      () => reader.getManySync([0, 1]),
      () => reader.getBytesSync(0),
      () => reader.verifySync(),
      () => [...reader],
      () => [...reader.slice(1, 3)],
      () => reader.slice(1).getSync(0),
    ];
    for (const verb of verbs) expect(verb).toThrow(unsupported);
    // Where a record lies is known without a look at the data.
    expect(reader.locateSync(1).start).toBe(offsets[1]);
    await reader.close();
    expect(() => PlainReader.openSync(asyncOnly(new MemorySource(data)) as never)).toThrow(
      unsupported,
    );
  });

  test("closes the source with the reader only when it is told to, and never in place", async () => {
    const kept = new FaultSource(new MemorySource(data));
    await (await PlainReader.open(kept)).close();
    expect(kept.closed).toBe(0);
    const owned = new FaultSource(new MemorySource(data));
    const reader = await PlainReader.open(owned, { closeSource: true });
    reader.closeSync();
    reader.closeSync();
    expect(owned.closed).toBe(1);
    const later = await PlainReader.open(asyncOnly(new MemorySource(data)), { closeSource: true });
    expect(() => later.closeSync()).toThrow(unsupported);
  });
});

describe("every verb of a reader and of its views", () => {
  const reader = PlainReader.openSync(data, { maxRecordBytes: 100 });

  test("agrees with every other", async () => {
    const view = reader.slice(40, 3, -4);
    const numbers = [...view.indices()];
    expect(numbers).toEqual([40, 36, 32, 28, 24, 20, 16, 12, 8, 4]);
    const expected = numbers.map((i) => reader.getSync(i));
    expect([...view]).toEqual(expected);
    expect(view.getManySync(numbers.map((_, i) => i))).toEqual(expected);
    expect(await view.getMany([2, 0])).toEqual([expected[2], expected[0]]);
    expect([await view.at(-1), view.atSync(-1), view.atSync(99), await view.at(-99)]).toEqual([
      expected[9],
      expected[9],
      undefined,
      undefined,
    ]);
    expect([await view.get(3), view.getSync(3)]).toEqual([expected[3], expected[3]]);
    expect([await reader.at(-50), reader.atSync(50), await reader.at(50)]).toEqual([
      reader.getSync(0),
      undefined,
      undefined,
    ]);
    expect(await reader.locate(7)).toEqual(reader.locateSync(7));
    expect(await reader.getBytes(7)).toEqual(reader.getBytesSync(7));
    const later = [];
    for await (const value of view) later.push(value);
    expect(later).toEqual(expected);
    expect(await reader.verify({ level: "quick" })).toEqual(reader.verifySync({ level: "quick" }));
  });

  test("refuses numbers that no record has, records that are too long, and slices that make no sense", async () => {
    for (const index of [-1, 50, 1e12]) {
      await expect(reader.get(index)).rejects.toMatchObject({ code: "NTH_OUT_OF_RANGE", index });
      expect(() => reader.getManySync([0, index])).toThrow(expect.objectContaining({ index }));
    }
    await expect(reader.get(1.5)).rejects.toBeInstanceOf(TypeError);
    expect(() => reader.slice(0, 1, 0)).toThrow(TypeError);
    expect(() => reader.slice(0.5)).toThrow(TypeError);
    const strict = PlainReader.openSync(data, { maxRecordBytes: 10 });
    expect(() => strict.getSync(40)).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
    await expect(strict.getMany([1, 40])).rejects.toMatchObject({
      code: "NTH_INVALID_VALUE",
      index: 40,
    });
  });
});

test("after closing, every verb says so, iterators that had begun included", async () => {
  const store = new MemoryStore();
  put(store, "data", data);
  const reader = await PlainReader.open({ store, name: "data" });
  const sync = reader[Symbol.iterator]();
  const later = reader[Symbol.asyncIterator]();
  const view = reader.slice(1, 3);
  const follower = reader.follow();
  await reader.close();
  const verbs: (() => unknown)[] = [
    () => reader.get(0),
    () => reader.at(0),
    () => reader.getMany([0]),
    () => reader.getBytes(0),
    () => reader.locate(0),
    () => reader.verify(),
    () => reader.refresh(),
    () => reader.rebuildIndex(),
    () => view.get(0),
    () => view.at(0),
    () => later.next(),
    () => follower.next(),
    async () => sync.next(),
    async () => reader.length,
    async () => reader.slice(),
    async () => reader.refreshSync(),
    async () => reader.rebuildIndexSync(),
  ];
  for (const verb of verbs) await expect(verb()).rejects.toMatchObject(closed);
  expect(reader.closed).toBe(true);
});

test("iterators end early, answer calls that nobody awaited in order, and stop with the signal", async () => {
  const store = new MemoryStore();
  put(store, "data", data);
  const reader = await PlainReader.open({ store, name: "data" });
  const later = reader.values();
  const three = await Promise.all([later.next(), later.next(), later.next()]);
  expect(three.map(({ value }) => value)).toEqual([0, 1, 2].map((i) => reader.getSync(i)));
  expect(await later.return?.("over")).toEqual({ value: "over", done: true });
  expect(await later.next()).toEqual({ value: undefined, done: true });
  const abort = new AbortController();
  const aborted = reader.values({ signal: abort.signal });
  abort.abort();
  await expect(aborted.next()).rejects.toMatchObject({ code: "NTH_ABORTED" });
  const sync = reader[Symbol.iterator]();
  sync.next();
  expect(sync.return?.()).toEqual({ value: undefined, done: true });
  expect(sync.next().done).toBe(true);
  await reader.close();
});

test("a chunked file needs no bytes for a record whose chunk is in memory", async () => {
  const entry = { store: new MemoryStore(), name: "data" };
  const values = sizes.map((length, i) => new Uint8Array(length).fill(i));
  const writer = await ChunkedWriter.open(entry);
  await writer.extend(values);
  await writer.close();
  const reader = await ChunkedReader.open(entry);
  for (const i of [0, 1, 49, 0, 25]) expect(await reader.get(i)).toEqual(values[i]);
  expect(reader.getManySync([3, 2, 3])).toEqual([values[3], values[2], values[3]]);
  expect([...reader]).toEqual(values);
  await reader.refresh();
  await reader.rebuildIndex();
  expect((await reader.verify({ level: "full" })).ok).toBe(true);
  await reader.close();
});

test("a refresh shows what was committed, and iterators that had begun keep their file", async () => {
  const entry = { store: new MemoryStore(), name: "data" };
  const writer = await PlainWriter.open(entry, { mode: "append" });
  await writer.extend(sizes.map((length) => new Uint8Array(length)));
  const reader = await PlainReader.open(entry, { offsets: "paged" });
  const begun = reader[Symbol.iterator]();
  begun.next();
  await writer.append(new Uint8Array(7));
  reader.refreshSync();
  expect(reader.length).toBe(51);
  expect([...begun]).toHaveLength(49);
  expect(reader.getSync(50)).toEqual(new Uint8Array(7));
  reader.rebuildIndexSync();
  expect(reader.length).toBe(51);
  await writer.close();
  await reader.close();
});
