import { describe, expect, test } from "vitest";
import {
  buildIndex,
  type HttpOptions,
  MemoryStore,
  type StoreEntry,
  type SyncByteSink,
} from "../../src/index.ts";
import { indexBytes, plainData, put } from "../support/index-files.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

/** Enough records that their offsets do not fit into the 8 MiB that are kept in memory. */
const COUNT = 1_100_000;
const large = new Uint8Array(COUNT * 2).map((_, i) => (i % 2 === 0 ? 1 : (i >> 1) & 0xff));

function sizeOf(store: MemoryStore, name: string): number | undefined {
  return store.statSync(name)?.size;
}

describe("a file whose offsets do not fit into memory", { timeout: 60_000 }, () => {
  test("is indexed page by page, read, extended, and kept whole where that is asked for", async () => {
    const entry = { store: new MemoryStore(), name: "data" };
    put(entry.store, "data", large);
    const reader = await PlainReader.open(entry);
    expect(reader.length).toBe(COUNT);
    expect(sizeOf(entry.store, "data.idx")).toBe(16 + COUNT * 8);
    for (const i of [0, COUNT - 1, 8191, 8192, 500_000]) {
      expect(await reader.get(i)).toEqual(Uint8Array.of(i & 0xff));
      expect(reader.getSync(i)).toEqual(Uint8Array.of(i & 0xff));
    }
    await reader.close();
    const resident = PlainReader.openSync(entry, { offsets: "resident" });
    expect(resident.getSync(COUNT - 1)).toEqual(Uint8Array.of((COUNT - 1) & 0xff));
    resident.rebuildIndexSync();
    expect(resident.getSync(77)).toEqual(Uint8Array.of(77));
    resident.closeSync();

    const live = entry.store.editSync("data");
    live.appendSync(Uint8Array.of(1, 5, 1, 6));
    live.closeSync();
    const grown = PlainReader.openSync(entry);
    expect([grown.length, grown.getSync(COUNT + 1)]).toEqual([COUNT + 2, Uint8Array.of(6)]);
    expect(sizeOf(entry.store, "data.idx")).toBe(16 + (COUNT + 2) * 8);
    grown.closeSync();
  });

  test("stays readable where the index cannot be written, or only its first part can", async () => {
    class Narrow extends MemoryStore {
      override createSync(name: string): SyncByteSink {
        const sink = super.createSync(name);
        const write = sink.writeSync.bind(sink);
        sink.writeSync = (position, bytes) => {
          if (position > 6_000_000) throw new Error("full");
          write(position, bytes);
        };
        return sink;
      }
    }
    const entry = { store: new Narrow(), name: "data" };
    put(entry.store, "data", large);
    const reader = PlainReader.openSync(entry);
    expect(reader.getSync(COUNT - 1)).toEqual(Uint8Array.of((COUNT - 1) & 0xff));
    expect(entry.store.listSync()).toEqual(["data"]);
    reader.closeSync();
  });
});

/** A web server in memory. */
function web(files: Map<string, Uint8Array>): HttpOptions {
  return {
    retries: 0,
    fetch: async (url, init) => {
      const bytes = files.get(new URL(url).pathname);
      if (bytes === undefined) return new Response(null, { status: 404 });
      const range = /bytes=(\d+)-(\d+)?/.exec(new Headers(init.headers).get("range") ?? "");
      const start = Number(range?.[1] ?? 0);
      if (start >= bytes.length) {
        return new Response(null, {
          status: 416,
          headers: { "content-range": `bytes */${bytes.length}` },
        });
      }
      const end = Math.min(bytes.length, Number(range?.[2] ?? bytes.length - 1) + 1);
      const headers = {
        "content-range": `bytes ${start}-${end - 1}/${bytes.length}`,
        etag: `"${bytes.length}-${bytes[0]}"`,
      };
      return new Response(bytes.slice(start, end), { status: 206, headers });
    },
  };
}

describe("a large file on a web server", { timeout: 60_000 }, () => {
  const url = "http://example.test/data";
  const big = new Uint8Array(9_000_000);
  // Blobs of 100 bytes, 101 with their length.
  for (let at = 0; at + 101 <= big.length; at += 101) big[at] = 100;
  const count = Math.floor(big.length / 101);
  const data = big.subarray(0, count * 101);
  const offsets = Array.from({ length: count }, (_, i) => i * 101);

  test("is not scanned without leave: a missing, stale or lying index is an error", async () => {
    const files = new Map<string, Uint8Array>([["/data", data]]);
    const http = web(files);
    const open = (options = {}) => PlainReader.open(url, { http, ...options });
    await expect(open()).rejects.toMatchObject({ code: "NTH_INDEX_MISSING" });
    files.set("/data.idx", indexBytes(offsets, data.length - 101));
    await expect(open()).rejects.toMatchObject({ code: "NTH_INDEX_STALE" });
    await expect(open({ onStaleIndex: "throw" })).rejects.toMatchObject({
      code: "NTH_INDEX_STALE",
    });
    files.set("/data.idx", new TextEncoder().encode("0 1\n"));
    await expect(open()).rejects.toMatchObject({ code: expect.stringMatching(/^NTH_INDEX_/) });
    const scanned = await open({ remoteScan: true });
    expect(scanned.length).toBe(count);
    await scanned.close();
    await expect(buildIndex(PlainReader, url, { http, remoteScan: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^NTH_/),
    });

    const lying = offsets.map((offset, i) => offset + (i === 4000 ? 1 : 0));
    files.set("/data.idx", indexBytes(lying, data.length));
    const reader = await open();
    expect(await reader.get(7)).toHaveLength(100);
    await expect(reader.get(4000)).rejects.toMatchObject({ code: "NTH_INDEX_STALE" });
    expect(await reader.getMany([1, 50_000, 3])).toHaveLength(3);
    await reader.close();
    const healing = await open({ remoteScan: true });
    expect(await healing.get(4000)).toHaveLength(100);
    expect(await healing.get(4001)).toHaveLength(100);
    await healing.close();
  });

  test("is read by pages of its index, and shows what was added after a refresh", async () => {
    const files = new Map<string, Uint8Array>([
      ["/data", data],
      ["/data.idx", indexBytes(offsets, data.length)],
    ]);
    const reader = await PlainReader.open(url, { http: web(files) });
    expect(await reader.get(count - 1)).toHaveLength(100);
    const longer = new Uint8Array(data.length + 101);
    longer.set(data);
    longer[data.length] = 100;
    files.set("/data", longer);
    files.set("/data.idx", indexBytes([...offsets, data.length], longer.length));
    await reader.refresh();
    expect(reader.length).toBe(count + 1);
    expect(await reader.get(count)).toHaveLength(100);
    await reader.close();
  });
});

test("a small index that lies heals once, for every verb", async () => {
  const sizes = Array.from({ length: 200 }, (_, i) => i % 50);
  const { data, offsets } = plainData(sizes);
  const lying = indexBytes(
    offsets.map((offset, i) => offset + (i === 101 ? 1 : 0)),
    data.length,
  );
  const fresh = (): StoreEntry<MemoryStore> => {
    const store = new MemoryStore();
    put(store, "data", data);
    put(store, "data.idx", lying);
    return { store, name: "data" };
  };
  const right = sizes.map((length, i) => new Uint8Array(length).fill(i));
  const verbs: ((reader: PlainReader) => unknown)[] = [
    (reader) => reader.get(101),
    (reader) => reader.getSync(101),
    async (reader) => (await reader.getMany([101]))[0],
    (reader) => reader.getManySync([101])[0],
    (reader) => [...reader][101],
    async (reader) => {
      const all = [];
      for await (const value of reader) all.push(value);
      return all[101];
    },
  ];
  for (const verb of verbs) {
    const reader = PlainReader.openSync(fresh());
    expect(await verb(reader)).toEqual(right[101]);
    expect(await reader.getBytes(100)).toHaveLength(1 + (sizes[100] as number));
    expect(await reader.get(100)).toEqual(right[100]);
    await reader.close();
  }
  const writer = await PlainWriter.open(fresh(), { mode: "append" });
  expect(writer.length).toBe(200);
  await writer.close();
});
