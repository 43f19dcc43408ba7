import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  buildIndex,
  buildIndexSync,
  type FollowOptions,
  IndexHandler,
  MemoryStore,
  openSource,
  type ReaderOptions,
  verifyIndex,
  type WriterOptions,
} from "../../src/index.ts";
import { keyed } from "../../src/keys/index.ts";
import { openShards, openShardsSync, openShardWriter } from "../../src/shards/index.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

// What a slip of the caller's could destroy.

const folder = mkdtempSync(join(tmpdir(), "nthrec-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = join(folder, "data");
const link = join(folder, "link");
const blobs = [1, 2, 3].map((size) => new Uint8Array(size).fill(size));
let before: Uint8Array;

beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  const writer = await PlainWriter.open(data);
  await writer.extend(blobs);
  await writer.close();
  symlinkSync("data", link);
  before = readFileSync(data);
});

const refused = expect.objectContaining({ code: "NTH_INVALID_VALUE" });

describe("an index in the place of its data is refused", () => {
  const places: [string, string][] = [
    ["the same path", data],
    ["a link", link],
    ["a detour", join(folder, "..", folder.split("/").at(-1) as string, "data")],
  ];

  test.each(places)("%s", async (_, index) => {
    const append = { mode: "append", index } as const;
    await expect(PlainReader.open(data, { index })).rejects.toThrow(refused);
    expect(() => PlainReader.openSync(data, { index })).toThrow(refused);
    await expect(buildIndex(PlainReader, data, { index, anew: true })).rejects.toThrow(refused);
    expect(() => buildIndexSync(PlainReader, data, { index })).toThrow(refused);
    await expect(verifyIndex(PlainReader, data, { index })).rejects.toThrow(refused);
    await expect(PlainWriter.open(data, { index })).rejects.toThrow(refused);
    await expect(PlainWriter.open(data, append)).rejects.toThrow(refused);
    expect(readFileSync(data)).toEqual(before);
  });

  test("in a store of one's own, too, and another store's file of that name is another file", async () => {
    const store = new MemoryStore();
    const entry = { store, name: "data" };
    const writer = await PlainWriter.open(entry);
    await writer.extend(blobs);
    await writer.close();
    await expect(PlainReader.open(entry, { index: entry })).rejects.toThrow(refused);
    const elsewhere = { store: new MemoryStore(), name: "data" };
    await using reader = await PlainReader.open(entry, { index: elsewhere });
    expect(reader.length).toBe(3);
  });

  test("a path that begins with the data's is no such place", async () => {
    await using reader = await PlainReader.open(data, { index: `${data}.other` });
    expect(reader.length).toBe(3);
  });
});

describe("a repair", () => {
  test("does not put its file in the damaged one's place unless asked to", async () => {
    for (const to of [data, link]) {
      await expect(PlainWriter.repair(data, { to })).rejects.toThrow(refused);
    }
    expect(readFileSync(data)).toEqual(before);
  });

  test("keeps every backup", async () => {
    writeFileSync(data, before.subarray(0, -1));
    const first = await PlainWriter.repair(data, { inPlace: true });
    const second = await PlainWriter.repair(data, { inPlace: true });
    expect([first.backup, second.backup]).toEqual(["data.bak", "data.bak.2"]);
    expect(readFileSync(`${data}.bak`)).toEqual(before.subarray(0, -1));
    // No shard of a set either.
    rmSync(link);
    await using shards = await openShards(PlainReader, folder);
    expect(shards.length).toBe(2);
    await using matched = await openShards(PlainReader, join(folder, "da*"));
    expect(matched.length).toBe(2);
  });

  test("in place needs a store that renames over a file", async () => {
    const { open, create, list, rename, remove } = MemoryStore.prototype;
    const plain = Object.assign(Object.create(null), {
      name: "plain",
      open,
      create,
      list,
      rename,
      remove,
    });
    const repair = PlainWriter.repair({ store: plain, name: "data" }, { inPlace: true });
    await expect(repair).rejects.toThrow(expect.objectContaining({ code: "NTH_READONLY" }));
  });

  test("without a word where to is a wrong call", async () => {
    const repair = PlainWriter.repair(data, undefined as never);
    await expect(repair).rejects.toThrow("either to a new file (to) or into the place");
  });
});

describe("an option that is mistyped means no other one", () => {
  test.each<[string, unknown]>([
    ["mode", "apend"],
    ["durability", "dsk"],
    ["durability", {}],
    ["durability", { everyMs: -1 }],
    ["tornTail", "keep"],
    ["lock", "flock"],
    ["lockTimeoutMs", Number.NaN],
    ["highWaterMark", -1],
    ["index", "memory"],
    ["signal", 5],
  ])("of a writer: %s %j", async (name, value) => {
    const options = { mode: "append", [name]: value } as WriterOptions;
    await expect(PlainWriter.open(data, options)).rejects.toThrow(TypeError);
    expect(readFileSync(data)).toEqual(before);
  });

  test.each<[string, unknown]>([
    ["onStaleIndex", "thow"],
    ["tail", "ingore"],
    ["offsets", "page"],
    ["io", "sync"],
    ["maxRecordBytes", -1],
    ["index", "none"],
    ["index", 5],
    ["signal", {}],
  ])("of a reader: %s %j", async (name, value) => {
    const options = { [name]: value } as ReaderOptions;
    await expect(PlainReader.open(data, options)).rejects.toThrow(TypeError);
  });

  test("of a verification, of keys", async () => {
    await using reader = await PlainReader.open(data);
    await expect(reader.verify({ level: "all" as "full" })).rejects.toThrow(TypeError);
    const options = { name: "size", key: (bytes: Uint8Array) => bytes.length };
    for (const name of ["duplicates", "missing", "damaged", "keys", "onStaleIndex"]) {
      await expect(keyed(reader, { ...options, [name]: "x" })).rejects.toThrow(TypeError);
    }
  });

  test("of one who follows", async () => {
    await using reader = await PlainReader.open(data);
    for (const wrong of [{ onReplaced: "restrat" }, { pollMs: -1 }]) {
      await expect(reader.follow(wrong as FollowOptions).next()).rejects.toThrow(TypeError);
    }
  });

  test.each(["missing", "lengths", "index"])("of a set: %s", async (name) => {
    const opened = openShards(PlainReader, [data], { [name]: "x" });
    await expect(opened).rejects.toThrow(TypeError);
    expect(() => openShardsSync(PlainReader, [data], { [name]: "x" })).toThrow(TypeError);
  });

  test("of an index by itself, and of bytes without a format", async () => {
    const index = IndexHandler.open(`${data}.idx`, { offsets: "page" as "paged" });
    await expect(index).rejects.toThrow(
      'offsets is one of "auto", "resident", "paged", not "page"',
    );
    const source = openSource(data, { io: "sync" as "inline" });
    await expect(source).rejects.toThrow('io is one of "adaptive", "inline", "pool", not "sync"');
  });

  test("of the writers of a set, of which none is opened", async () => {
    const options = { index: "one.idx" as "none" };
    const opened = openShardWriter(PlainWriter, join(folder, "set@2"), options);
    await expect(opened).rejects.toThrow('index of a set is one of "none", not "one.idx"');
    expect(readdirSync(folder).filter((name) => name.startsWith("set"))).toEqual([]);
  });
});

test.each([undefined, null, 5, {}, new ArrayBuffer(4), [1]])("%s is no input", async (input) => {
  const sentence = /^expected a path, a URL, a Blob, bytes, a ByteSource or/;
  await expect(PlainReader.open(input as never)).rejects.toThrow(sentence);
  await expect(PlainWriter.open(input as never)).rejects.toThrow(TypeError);
});

test.each([
  [undefined, "undefined"],
  [null, "null"],
  [5, "5"],
  ["one record", "a string"],
  [{}, "an object (Object)"],
])("%s is not many values", async (values, named) => {
  await using writer = await PlainWriter.open(data, { mode: "append" });
  const many = values as never as Uint8Array[];
  const streams = "an iterable, an async iterable or a stream";
  const message = `extend takes many values, ${streams}, not ${named}: append takes one`;
  await expect(writer.extend(many)).rejects.toThrow(new TypeError(message));
  const now = `extend takes many values, an iterable, not ${named}: append takes one`;
  expect(() => writer.extendSync(many)).toThrow(new TypeError(now));
  await using shards = await openShardWriter(PlainWriter, join(folder, "set@1"));
  await expect(shards.extend(many)).rejects.toThrow(new TypeError(message));
  expect([writer.length, shards.length]).toEqual([blobs.length, 0]);
});

test.each([null, undefined, 5, () => 1])("%s names no shards", async (spec) => {
  const message =
    "expected what names shards (a path, a URL, an entry or store, data, { filename }, or a list of these), not ";
  for (const given of [spec, [data, spec]] as never[]) {
    await expect(openShards(PlainReader, given)).rejects.toThrow(message);
    expect(() => openShardsSync(PlainReader, given)).toThrow(TypeError);
  }
  const part = { filename: spec } as never;
  await expect(openShards(PlainReader, part)).rejects.toThrow("expected a path");
});

test.each([
  [3, "3"],
  [undefined, "undefined"],
  ["1", "1"],
  [{ length: 2 }, "an object (Object)"],
])("%s is no batch of record numbers", async (indices, named) => {
  const message = `getMany takes an iterable of record numbers, not ${named}`;
  const numbers = indices as never as number[];
  await using reader = await PlainReader.open(data);
  await using shards = await openShards(PlainReader, [data]);
  for (const each of [reader, shards]) {
    await expect(each.getMany(numbers)).rejects.toThrow(new TypeError(message));
    expect(() => each.getManySync(numbers)).toThrow(new TypeError(message));
  }
});
