import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MemoryStore, NthrecError, type SyncByteSink } from "../../src/index.ts";
import { keyed, keyedSync } from "../../src/keys/index.ts";
import { bundle, Program } from "../platform/support/programs.ts";
import { TestHttpServer } from "../support/http-server.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";
import { byRow, bytesOf, openRows, type Row, storeOf } from "./support/rows.ts";

const rows: Row[] = Array.from({ length: 3000 }, (_, i) => [`key ${i}`]);
const folder = mkdtempSync(join(tmpdir(), "nthrec-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("over a web server", () => {
  test("a key costs two requests the first time, and the index is not loaded whole", async () => {
    await using server = await TestHttpServer.start();
    const entry = storeOf(rows);
    {
      using reader = openRows(entry);
      keyedSync(reader, byRow).closeSync();
    }
    const index = bytesOf(entry, "data.keys-row");
    for (const name of ["data", "data.idx", "data.keys-row"]) {
      server.put(`/${name}`, bytesOf(entry, name));
    }
    await using reader = await PlainReader.open(`${server.origin}/data`);
    await using keys = await keyed(reader, { ...byRow, keys: "paged" });
    expect(keys.stats).toMatchObject({ resident: false, keys: 3000 });
    expect(keys.stats.indexFile).toBe(`${server.origin}/data.keys-row`);
    const before = server.requests.length;
    expect(await keys.find("key 1234")).toBe(1234);
    expect(await keys.find("key 1234")).toBe(1234);
    expect(await keys.find("nothing")).toBeUndefined();
    const asked = server.requests.slice(before);
    // The piece of the directory, and the buckets of the two keys.
    expect(asked.length).toBeLessThanOrEqual(3);
    const bytes = asked.map(({ range }) => {
      const [, from, to] = /(\d+)-(\d+)/.exec(range ?? "") ?? [];
      return Number(to) - Number(from) + 1;
    });
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(index.length / 4);
    expect(await keys.get("key 77")).toEqual(await reader.get(77));
    expect(() => keys.findSync("key 5")).toThrow(/asynchronously/);
  });

  test("an index that is not there is made in memory for small data, else it is an error", async () => {
    await using server = await TestHttpServer.start();
    const entry = storeOf(rows.slice(0, 50));
    server.put("/data", bytesOf(entry, "data"));
    await using reader = await PlainReader.open(`${server.origin}/data`);
    await using keys = await keyed(reader, byRow);
    expect([await keys.find("key 7"), keys.stats.indexFile]).toEqual([7, undefined]);
    const strict = keyed(reader, { ...byRow, onStaleIndex: "throw" });
    await expect(strict).rejects.toMatchObject({ code: "NTH_INDEX_MISSING" });

    const large = { store: new MemoryStore(), name: "large" };
    using writer = PlainWriter.openSync(large);
    for (let i = 0; i < 9; i++) writer.appendSync(new Uint8Array(1024 * 1024).fill(i));
    writer.commitSync();
    for (const name of ["large", "large.idx"]) server.put(`/${name}`, bytesOf(large, name));
    await using remote = await PlainReader.open(`${server.origin}/large`);
    const byFirst = { key: (record: Uint8Array) => record[0], name: "first" };
    await expect(keyed(remote, byFirst)).rejects.toMatchObject({ code: "NTH_INDEX_MISSING" });
    await using allowed = await keyed(remote, { ...byFirst, remoteScan: true });
    expect(await allowed.find(3)).toBe(3);
  });
});

describe("elsewhere", () => {
  test("a Blob and bytes have their keys in memory, or where the caller says", async () => {
    const bytes = bytesOf(storeOf(rows.slice(0, 20)), "data");
    const indexFile = { store: new MemoryStore(), name: "keys" };
    for (const data of [new Blob([new Uint8Array(bytes)]), bytes]) {
      await using reader = await PlainReader.open(data);
      await using keys = await keyed(reader, byRow);
      expect([await keys.find("key 7"), keys.stats.indexFile]).toEqual([7, undefined]);
      await using kept = await keyed(reader, { ...byRow, indexFile });
      expect([await kept.find("key 8"), kept.stats.indexFile]).toEqual([8, "memory/keys"]);
      await kept.rebuild();
      expect(await kept.find("key 9")).toBe(9);
    }
    await using reader = await PlainReader.open(bytes);
    await using hidden = await keyed(reader, { ...byRow, indexFile: "memory" });
    expect(await hidden.find("key 3")).toBe(3);
  });

  test("anything with the verbs of a reader will do", async () => {
    const inner = openRows(storeOf(rows.slice(0, 30)));
    const facade = {
      name: "a set",
      length: inner.length,
      get: inner.get.bind(inner),
      getSync: inner.getSync.bind(inner),
      getMany: inner.getMany.bind(inner),
      getManySync: inner.getManySync.bind(inner),
      getBytes: inner.getBytes.bind(inner),
      getBytesSync: inner.getBytesSync.bind(inner),
      slice: inner.slice.bind(inner),
    };
    const indexFile = { store: new MemoryStore(), name: "set.keys" };
    for (let i = 0; i < 2; i++) {
      await using keys = await keyed(facade, { ...byRow, indexFile });
      expect(await keys.get("key 7")).toEqual(inner.getSync(7));
    }
    inner.closeSync();
  });

  test("a place that cannot be written, from the start or half-way, keeps the index in memory", () => {
    for (const limit of [0, 300, 20_000]) {
      class Narrow extends MemoryStore {
        override createSync(name: string): SyncByteSink {
          if (!name.includes(".keys-")) return super.createSync(name);
          if (limit === 0) throw readOnly();
          const sink = super.createSync(name);
          const write = sink.writeSync.bind(sink);
          sink.writeSync = (position, bytes) => {
            if (position + bytes.length > limit) throw readOnly();
            write(position, bytes);
          };
          return sink;
        }
      }
      const data = bytesOf(storeOf(rows), "data");
      for (const buildMemory of [undefined, 30_000]) {
        const store = new Narrow({ entries: [["data", data]] });
        using reader = PlainReader.openSync({ store, name: "data" });
        using keys = keyedSync(reader, { ...byRow, buildMemory });
        expect([keys.findSync("key 2345"), keys.stats.indexFile]).toEqual([2345, undefined]);
        expect(store.listSync().filter((name) => name.includes(".keys-"))).toEqual([]);
      }
    }
  });

  test("temporary files that were left behind long ago are removed, younger ones are not", () => {
    let now = Date.now() - 3 * 24 * 60 * 60 * 1000;
    const store = new MemoryStore({
      now: () => now,
      entries: [["data.keys-row.tmp-old", new Uint8Array(3)]],
    });
    now = Date.now();
    for (const name of ["data", "data.keys-row.tmp-young"]) {
      const file = store.createSync(name);
      file.writeSync(
        0,
        name === "data" ? bytesOf(storeOf(rows.slice(0, 3)), "data") : new Uint8Array(1),
      );
      file.closeSync();
    }
    using reader = PlainReader.openSync({ store, name: "data" });
    keyedSync(reader, byRow).closeSync();
    expect(store.listSync().filter((name) => name.includes("tmp"))).toEqual([
      "data.keys-row.tmp-young",
    ]);
  });
});

function readOnly(): NthrecError {
  return new NthrecError("NTH_READONLY", "it can only be read");
}

describe("files", { timeout: 60_000 }, () => {
  const path = join(folder, "data.bin");
  const encoder = new TextEncoder();

  test("processes that build one index at once all find every key, and leave one index", async () => {
    using writer = PlainWriter.openSync(path);
    writer.extendSync(Array.from({ length: 4000 }, (_, i) => encoder.encode(`record ${i}`)));
    writer.closeSync();
    const program = join(folder, "keys-user.mjs");
    await bundle("keys-user.ts", program);
    // One of them with so little memory that it needs temporary files.
    const users = ["1000000", "1000000", "30000"].map(
      (memory) => new Program(process.execPath, program, path, "6", memory),
    );
    for (const user of users) expect(await user.line()).toBe("ready");
    for (const user of users) user.tell("go");
    expect(await Promise.all(users.map((user) => user.line()))).toEqual(["done", "done", "done"]);
    for (const user of users) await user.ended();
    expect(readdirSync(folder).filter((name) => name.includes("keys-text"))).toEqual([
      "data.bin.keys-text",
    ]);
    using reader = PlainReader.openSync(path);
    const key = (record: Uint8Array) => new TextDecoder().decode(record);
    using keys = keyedSync(reader, { key, name: "text", onStaleIndex: "throw" });
    expect(keys.findSync("record 3999")).toBe(3999);
  });

  test("an index is found beside its data, or where a path says", async () => {
    using reader = PlainReader.openSync(path);
    const key = (record: Uint8Array) => new TextDecoder().decode(record);
    const indexFile = join(folder, "elsewhere.keys");
    await using keys = await keyed(reader, { key, name: "text", indexFile });
    expect([await keys.find("record 17"), keys.stats.indexFile]).toEqual([17, indexFile]);
    writeFileSync(join(folder, "notes.txt"), "notes");
    const foreign = keyed(reader, { key, name: "text", indexFile: join(folder, "notes.txt") });
    await expect(foreign).rejects.toMatchObject({ code: "NTH_INDEX_FOREIGN" });
  });
});
