import { type ByteStore, MemorySource, MemoryStore, UrlStore } from "@nthrec/core";
import { asyncOnly } from "@nthrec/core/testkit";
import { describe, expect, test } from "vitest";
import { DbFolder } from "../src/db/db-folder.ts";
import { BlobFolder } from "../src/folder/blob-folder.ts";
import { confOf } from "../src/folder/conf.ts";
import { LiveBlobFile } from "../src/folder/live-blob-file.ts";
import { LiveTensorStore } from "../src/folder/live-tensor-store.ts";
import { openSnapshot } from "../src/folder/snapshot.ts";
import { StagedBlobFile } from "../src/folder/staged-blob-file.ts";
import { folderOf, TensorStore } from "../src/folder/tensor-store.ts";
import {
  TensorBlob,
  TensorBlobReader,
  TensorBlobWriter,
  TensorDB,
  TensorStreamReader,
  TensorStreamWriter,
} from "../src/index.ts";
import { encodeHeader } from "../src/stream/header.ts";
import { layoutOf } from "../src/values/layout.ts";
import { codeOf, firsts, pairs, rows } from "./support/blobs.ts";

const conf = confOf(layoutOf("float32", [2]), 3);
const bytes = (count: number): Uint8Array => new Uint8Array(new Float32Array(rows(count)).buffer);

function stored(count: number): MemoryStore {
  const store = new MemoryStore();
  using blob = TensorBlob.openSync({ store, name: "a" }, "w", pairs);
  blob.writeSync(rows(count));
  return store;
}

/** The same store where nothing can be done in place. */
function soon(store: MemoryStore, prefix = ""): ByteStore {
  return {
    name: "soon",
    open: async (name, options) => asyncOnly(await store.open(prefix + name, options)),
    create: (name) => store.create(prefix + name),
    list: () => store.list(),
    rename: (from, to) => store.rename(prefix + from, prefix + to),
    remove: (name) => store.remove(prefix + name),
    folder: (name) => soon(store, `${prefix}${name}/`),
  };
}

const codeSoon = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

test("a store that answers only later", async () => {
  const store = stored(10);
  const place = { store: soon(store), name: "a" };
  await using blob = await TensorBlob.open(place, "r", { maxCachedBlocks: 1 });
  expect(firsts(await blob.gather([9, 0, 4]))).toEqual([9, 0, 4]);
  expect((await blob.get(3)).values()).toEqual([3, -3]);
  expect(firsts(await blob.read())).toHaveLength(10);
  expect(codeOf(() => blob.gatherSync([0]))).toBe("NTH_NOT_SUPPORTED");
  expect(codeOf(() => TensorBlob.openSync(place))).toBe("NTH_NOT_SUPPORTED");
  expect(await codeSoon(TensorBlob.open(place, "a"))).toBe("NTH_READONLY");
  expect(await codeSoon(TensorBlobWriter.open(place))).not.toBe(undefined);
  const block = store.listSync().find((name) => /-4/.test(name)) as string;
  store.removeSync(block);
  await using lost = await TensorBlobReader.open(place);
  expect(await codeSoon(lost.readRange(0, 10))).toBe("NTH_DATA_LOST");
  const file = store.editSync(block, { create: true });
  file.writeSync(0, new Uint8Array(3));
  await using short = await TensorBlobReader.open(place);
  expect(await codeSoon(short.readRange(0, 10))).toBe("NTH_DATA_LOST");
  TensorBlob.openSync({ store, name: "a" }, "w").closeSync();
  expect(await codeSoon(short.readRange(0, 10))).toBe("NTH_SOURCE_CHANGED");
  for (const name of store.listSync()) if (name.startsWith("a/")) store.removeSync(name);
  await using gone = await TensorBlobReader.open({ store: soon(stored(4)), name: "a" });
  expect(gone.length).toBe(4);
});

test("a database in a store that answers only later", async () => {
  const store = new MemoryStore();
  const schema = { x: ["int8", []], y: ["int8", []] } as const;
  TensorDB.openSync({ store, name: "d" }, "w", { schema }).writeSync({ x: [1, 2], y: [3, 4] });
  await using db = await TensorDB.open({ store: soon(store), name: "d" });
  expect((await db.get(1))["y"]?.values()).toEqual([4]);
  expect(codeOf(() => TensorDB.openSync({ store: soon(store), name: "d" }))).not.toBe(undefined);
  expect(await codeSoon(TensorDB.open({ store: soon(store), name: "d" }, "a"))).toBe(
    "NTH_READONLY",
  );
  expect(await codeSoon(TensorDB.open({ store: soon(store), name: "e" }))).toBe("NTH_NOT_FOUND");
});

test("while a blob is replaced by one of another type, a reader gets one of both", async () => {
  const store = stored(4);
  const source = soon(store);
  let replaced = false;
  const open: ByteStore["open"] = async (name, options) => {
    const opened = await folderOf(source, "a").open(name, options);
    if (name === ".stat" && !replaced) {
      replaced = true;
      using blob = TensorBlob.openSync({ store, name: "a" }, "w", { dtype: "int8", shape: [] });
      blob.writeSync([1, 2]);
      blob.closeSync();
    }
    return opened;
  };
  const snapshot = await openSnapshot({ ...folderOf(source, "a"), name: "a", open });
  expect(snapshot.size).toBe(encodeHeader(layoutOf("int8", [])).length + 2);
  await snapshot.close();
});

describe("stores over another one", () => {
  test("pass on what is not the blob's", async () => {
    const store = stored(4);
    for (const over of [new TensorStore(store, "a"), new LiveTensorStore(store, "a")]) {
      const sink = await over.create("x");
      await sink.write(0, Uint8Array.of(1));
      await sink.close();
      const source = await over.open("x");
      expect(await source.read(0, 1)).toEqual(Uint8Array.of(1));
      await source.close();
      await over.rename("x", "y");
      const names: string[] = [];
      for await (const name of over.list()) names.push(name);
      expect(names).toContain("y");
      await over.remove("y");
      expect(store.listSync()).not.toContain("y");
      const blob = await over.open("a");
      expect(blob.size).toBe(64 + 4 * 8);
      await blob.close();
      expect(await codeSoon(over.open("a.seal"))).toBe("NTH_NOT_FOUND");
    }
    const live = new LiveTensorStore(store, "a");
    live.createSync("x").closeSync();
    expect(live.statSync("x")?.size).toBe(0);
    live.renameSync("x", "y");
    live.editSync("y").closeSync();
    expect(live.listSync()).toContain("y");
    await live.flush();
    live.flushSync();
    let calls = 0;
    const ends = [live.watch("y", () => calls++), live.watch("a", () => calls++)];
    live.removeSync("y");
    await Promise.resolve();
    expect(calls).toBe(1);
    for (const end of ends) end();
    expect(live.folder("a").statSync(".conf")).toBeDefined();
    expect(codeOf(() => new LiveTensorStore(store, "b").editSync("b"))).toBe("NTH_NOT_FOUND");
    expect(codeOf(() => new LiveTensorStore(store, "b").editSync("b", { create: true }))).toBe(
      "NTH_INVALID_VALUE",
    );
    const flat = { ...soon(store), folder: undefined } as never;
    expect(codeOf(() => folderOf(flat, "a"))).toBe("NTH_NOT_SUPPORTED");
    expect(codeOf(() => new TensorStore(flat, "a"))).toBe(undefined);
  });
  test("are taken as they are", async () => {
    const store = new LiveTensorStore(stored(4), "a");
    await using reader = await TensorBlobReader.open({ store, name: "a" });
    expect(reader.length).toBe(4);
    const header = encodeHeader(conf);
    const stream = new Uint8Array(header.length + 16);
    stream.set(header);
    stream.set(bytes(2), header.length);
    await using over = await TensorBlobReader.open(new MemorySource(stream));
    expect(over.length).toBe(2);
    using now = TensorBlobReader.openSync(stream);
    expect(firsts(now.readRangeSync(0, 2))).toEqual([0, 1]);
    expect(codeOf(() => now.readRangeSync(1, 3))).toBe("NTH_OUT_OF_RANGE");
  });
});

test("a staged blob is a file until it is published", async () => {
  const store = new MemoryStore();
  const file = new StagedBlobFile("new", new BlobFolder(folderOf(store, "a") as never), conf);
  const header = encodeHeader(conf);
  const whole = new Uint8Array(header.length + 40);
  whole.set(header);
  whole.set(bytes(5), header.length);
  file.appendSync(whole.subarray(0, 10));
  file.writeSync(10, whole.subarray(10));
  expect(file.readSync(0, whole.length)).toEqual(whole);
  expect(file.readSync(header.length + 20, header.length + 30)).toEqual(
    whole.subarray(header.length + 20, header.length + 30),
  );
  file.truncateSync(header.length + 16);
  expect(file.stat).toMatchObject({ length: 2, blocks: [expect.any(String)] });
  await file.flush();
  file.flushSync();
  file.drop();
  file[Symbol.dispose]();
  expect(store.listSync()).toEqual([]);
});

test("a live blob is a file whose tensors are never written over in place", async () => {
  const store = stored(5);
  using file = new LiveBlobFile(new BlobFolder(folderOf(store, "a") as never));
  const header = encodeHeader(conf);
  const blocks = (): string[] => store.listSync().filter((name) => /-4/.test(name));
  const before = blocks();
  file.writeSync(0, header);
  file.writeSync(3, header.subarray(3, 9));
  expect(codeOf(() => file.writeSync(0, new Uint8Array(8)))).toBe("NTH_INVALID_VALUE");
  expect(codeOf(() => file.writeSync(header.length + 3, bytes(1)))).toBe("NTH_INVALID_VALUE");
  expect(codeOf(() => file.writeSync(header.length, new Uint8Array(3)))).toBe("NTH_INVALID_VALUE");
  expect(codeOf(() => file.writeSync(header.length + 80, bytes(1)))).toBe("NTH_INVALID_VALUE");
  expect(codeOf(() => file.readSync(0, 9999))).toBe("NTH_SHORT_READ");
  expect(blocks()).toEqual(before);
  const withHeader = new Uint8Array(header.length + 8);
  withHeader.set(header);
  file.writeSync(0, withHeader);
  expect(blocks()).not.toEqual(before);
  file.appendSync(bytes(2));
  expect(file.statSync().size).toBe(header.length + 56);
  file.truncateSync(9999);
  file.truncateSync(header.length + 33);
  expect(file.readSync(header.length, header.length + 8)).toEqual(new Uint8Array(8));
  expect(file.statSync().size).toBe(header.length + 32);
  await file.flush();
  file.flushSync();
});

describe("a stream of tensors", () => {
  const header = encodeHeader(conf);
  const cut = (length: number): unknown =>
    codeOf(() => TensorStreamReader.openSync(header.subarray(0, length)));
  const damaged = (offset: number): unknown => {
    const copy = header.slice();
    copy[offset] = 3;
    return codeOf(() => TensorStreamReader.openSync(copy));
  };
  test("says what is wrong with its header", () => {
    expect(cut(9)).toBe("NTH_TRUNCATED");
    expect(cut(40)).toBe("NTH_TRUNCATED");
    expect(damaged(0)).toBe("NTH_CORRUPTION");
    expect(damaged(8)).toBe("NTH_CORRUPTION");
    expect(damaged(20)).toBe("NTH_CORRUPTION");
  });
  test("is repaired only where its header can be read", async () => {
    const store = new MemoryStore();
    for (const [name, length] of [
      ["a", 9],
      ["b", 40],
    ] as const) {
      const file = store.editSync(name, { create: true });
      file.writeSync(0, header.subarray(0, length));
      const to = { store, name: "to" };
      expect(await codeSoon(TensorStreamWriter.repair({ store, name }, { to }))).toBe(
        "NTH_TRUNCATED",
      );
    }
    expect(await codeSoon(TensorBlobWriter.repair({ store: stored(2), name: "a" }))).toBe(
      "NTH_NOT_SUPPORTED",
    );
  });
  test("without a byte has no layout", () => {
    using reader = TensorStreamReader.openSync(new Uint8Array(0));
    expect(reader.length).toBe(0);
    expect(codeOf(() => reader.layout)).toBe("NTH_NOT_SUPPORTED");
    expect(codeOf(() => TensorStreamWriter.openSync({ store: new MemoryStore(), name: "a" }))).toBe(
      "NTH_INVALID_VALUE",
    );
  });
  test("of another layout is not appended to", async () => {
    const place = { store: new MemoryStore(), name: "a" };
    using writer = TensorStreamWriter.openSync(place, { dtype: "int8", shape: 2 });
    writer.appendSync([1, 2]);
    writer.closeSync();
    const other = { dtype: "int8", shape: 3, mode: "append" } as const;
    using wrong = TensorStreamWriter.openSync(place, other);
    expect(codeOf(() => wrong.appendSync([1, 2, 3]))).toBe("NTH_INVALID_VALUE");
    const blob = { store: stored(2), name: "a" };
    expect(codeOf(() => TensorBlobWriter.openSync(blob, other))).toBe("NTH_INVALID_VALUE");
    expect(await codeSoon(TensorBlobWriter.open(blob, other))).toBe("NTH_INVALID_VALUE");
    expect(codeOf(() => TensorBlobWriter.openSync({ store: stored(2), name: "b" }))).toBe(
      "NTH_INVALID_VALUE",
    );
    await using appender = await TensorBlobWriter.open(blob, { mode: "append" });
    expect(await codeSoon(appender.append([1]))).toBe("NTH_INVALID_VALUE");
  });
});

test("an intent that is not whole announces nothing, and one of other columns neither", () => {
  const store = new MemoryStore();
  const schema = { x: ["int8", []], y: ["int8", []] } as const;
  const place = { store, name: "d" };
  TensorDB.openSync(place, "w", { schema }).writeSync({ x: [1, 2], y: [3, 4] });
  const sum = (text: string): number => {
    let hash = 0x811c9dc5;
    for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
    return hash >>> 0;
  };
  const put = (text: string): void => {
    const file = store.editSync("d.intent", { create: true });
    file.truncateSync(0);
    file.writeSync(0, new TextEncoder().encode(text));
  };
  const state = (value: object): string => {
    const text = JSON.stringify(value);
    return JSON.stringify({ sum: sum(text), state: text });
  };
  const empty = '{"len":0,"bds":[]}';
  for (const text of [
    "",
    "{",
    "7",
    '{"sum":1,"state":"{}"}',
    '{"sum":1,"state":7}',
    state({ len: 0, columns: {} }),
    state({ len: 0, columns: { x: empty, z: empty } }),
  ]) {
    put(text);
    using db = TensorDB.openSync(place);
    expect(db.length).toBe(2);
  }
  put(state({ len: 0, columns: { x: empty, y: empty } }));
  {
    using db = TensorDB.openSync(place);
    expect(db.length).toBe(0);
  }
  using db = TensorDB.openSync(place, "a");
  expect(db.length).toBe(0);
  expect(store.listSync()).not.toContain("d.intent");
});

test.each([
  ["no fields", ".conf", '{"__notes__":{"class_name":"TensorDB"}}'],
  ["another class", ".conf", '{"__notes__":{"class_name":"TensorBlob"}}'],
  ["no columns", ".conf", '{"__notes__":{"class_name":"TensorDB"},"block_size":1,"schema":{}}'],
  ["no rows", ".stat", '{"len":"2"}'],
  ["another column", "x/.conf", undefined],
])("a database with %s is refused", (_, file, text) => {
  const store = new MemoryStore();
  const place = { store, name: "d" };
  TensorDB.openSync(place, "w", { schema: { x: ["int8", []] } }).writeSync({ x: [1] });
  const edited = store.editSync(`d/${file}`);
  if (text === undefined) {
    TensorBlob.openSync({ store, name: "e" }, "w", { dtype: "int16", shape: [] }).closeSync();
    const other = store.openSync("e/.conf");
    edited.truncateSync(0);
    edited.writeSync(0, other.readSync(0, other.size));
  } else {
    edited.truncateSync(0);
    edited.writeSync(0, new TextEncoder().encode(text));
  }
  expect(codeOf(() => TensorDB.openSync(place, "a"))).toBe("NTH_CORRUPTION");
});

test("a database that changes all the time is given up on", () => {
  const store = new MemoryStore();
  const place = { store, name: "d" };
  TensorDB.openSync(place, "w", { schema: { x: ["int8", []] } }).writeSync({ x: [1] });
  const restless = new Proxy(store, {
    get: (target, key) => {
      if (key === "openSync") {
        return (name: string) => {
          if (name === "d.intent") new DbFolder(store, "d").commit(...twice(store));
          return target.openSync(name);
        };
      }
      const value = Reflect.get(target, key, target) as unknown;
      if (key === "folder") return (name: string) => target.folder(name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  expect(codeOf(() => TensorDB.openSync({ store: restless, name: "d" }))).toBe(
    "NTH_SOURCE_CHANGED",
  );
});

let turns = 0;
/** States of which each differs from the one before. */
function twice(store: MemoryStore): Parameters<DbFolder["commit"]> {
  const schema = new DbFolder(store, "d").schema();
  const before = new DbFolder(store, "d").settle(schema);
  const x = before.columns.get("x") as { length: number; blocks: readonly string[] };
  const spare = `spare${turns++}`;
  store.editSync(`d/x/${spare}`, { create: true }).closeSync();
  return [
    before,
    { length: 1, columns: new Map([["x", { length: 1, blocks: [x.blocks[0] as string, spare] }]]) },
  ];
}

test("places that are none", async () => {
  expect(codeOf(() => TensorBlob.unlinkSync({ store: new UrlStore("http://x/"), name: "a" }))).toBe(
    "NTH_READONLY",
  );
  expect(await codeSoon(TensorBlobReader.open(7 as never))).not.toBe("NTH_NOT_FOUND");
});
