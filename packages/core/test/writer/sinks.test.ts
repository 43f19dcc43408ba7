import { describe, expect, test } from "vitest";
import {
  type BaseIndexedReader,
  type ByteSink,
  type ByteSource,
  type ByteStore,
  MemorySink,
  MemorySource,
  MemoryStore,
  type StoreEntry,
} from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { put } from "../support/index-files.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const formats = Object.entries(blobFormats);

/** A sink whose bytes can be read back, so that a writer can go on where another stopped. */
class BothWays extends MemorySink implements ByteSource {
  async read(start: number, end: number): Promise<Uint8Array> {
    return this.toBytes().slice(start, end);
  }
}

function all(reader: BaseIndexedReader<Uint8Array>): number[][] {
  return [...reader].map((bytes) => [...bytes]);
}

const some = blobs(3, 0, 300, 70, 5);
const more = blobs(8, 2000, 1);
const plainly = (values: readonly Uint8Array[]): number[][] => values.map((bytes) => [...bytes]);

describe.each(formats)("a sink gets %s records", (_, { Reader, Writer }) => {
  test.each([1, 64, 1 << 20])(
    "with a high-water mark of %d, and the index when it is closed",
    async (mark) => {
      const sink = new MemorySink();
      const store = new MemoryStore();
      const index = { store, name: "index" };
      const writer = await Writer.open(sink, { index, highWaterMark: mark, durability: "disk" });
      for (const value of some) await writer.append(value);
      await writer.commit();
      await writer.extend(more);
      expect(writer.length).toBe(some.length + more.length);
      expect(store.listSync()).toEqual([]);
      await writer.close();
      await writer.close();

      const written = store.openSync("index");
      put(store, "data", sink.toBytes());
      // Data that are newer than their index are looked at again.
      put(store, "index", written.readSync(0, written.size));
      const data = { store, name: "data" };
      const reader = Reader.openSync(data, { index, onStaleIndex: "throw" });
      expect(all(reader)).toEqual(plainly([...some, ...more]));
      reader.closeSync();
      const rebuilt = Reader.openSync(data);
      expect(store.openSync("data.idx").readSync(0, 16)).toEqual(
        store.openSync("index").readSync(0, 16),
      );
      expect(store.statSync("data.idx")?.size).toBe(store.statSync("index")?.size);
      rebuilt.closeSync();
      await sink.close();
    },
  );

  test("before it returns", () => {
    const sink = new MemorySink();
    const writer = Writer.openSync(sink, { highWaterMark: 100 });
    expect(some.map((value) => writer.appendSync(value))).toEqual([0, 1, 2, 3, 4]);
    expect(writer.extendSync(more)).toBe(more.length);
    writer.closeSync();
    expect(all(Reader.openSync(sink.toBytes()))).toEqual(plainly([...some, ...more]));
  });

  test("behind those that are there, where they can be read back", async () => {
    const sink = new BothWays();
    const first = await Writer.open(sink);
    await first.extend(some);
    await first.close();
    const second = await Writer.open(sink, { mode: "append" });
    expect(second.length).toBe(some.length);
    expect(await second.append(more[0] as Uint8Array)).toBe(some.length);
    await second.extend(more.slice(1));
    await second.close();
    expect(all(Reader.openSync(sink.toBytes()))).toEqual(plainly([...some, ...more]));
  });

  test("and nothing that was never committed counts", async () => {
    const sink = new MemorySink();
    const store = new MemoryStore();
    const writer = await Writer.open(sink, { index: { store, name: "index" }, highWaterMark: 1 });
    await writer.extend(some);
    await writer.abort();
    expect(store.openSync("index").size).toBe(16);
    await expect(writer.append(some[0] as Uint8Array)).rejects.toMatchObject({
      code: "NTH_NOT_OPEN",
    });
  });
});

describe("a sink that fails", () => {
  /** Refuses its k-th write. */
  class Failing extends MemorySink {
    writes = 0;
    readonly #bad: number;

    constructor(bad: number) {
      super();
      this.#bad = bad;
    }

    override async write(position: number, bytes: Uint8Array): Promise<void> {
      if (++this.writes === this.#bad) throw new Error("no more");
      await super.write(position, bytes);
    }
  }

  test("in a commit keeps the records for the next try", async () => {
    const sink = new Failing(1);
    const writer = await PlainWriter.open(sink);
    for (const value of some) await writer.append(value);
    await expect(writer.commit()).rejects.toThrow("no more");
    await writer.append(more[0] as Uint8Array);
    await writer.close();
    expect(all(PlainReader.openSync(sink.toBytes()))).toEqual(
      plainly([...some, ...more.slice(0, 1)]),
    );
  });

  test("ahead of a commit ends the writer, because what follows would be out of place", async () => {
    const writer = await PlainWriter.open(new Failing(1), { highWaterMark: 1 });
    await Promise.allSettled([writer.append(some[0] as Uint8Array)]);
    await expect(writer.append(some[1] as Uint8Array)).rejects.toThrow("no more");
    await expect(writer.close()).rejects.toThrow("no more");
    await writer.abort();
  });
});

describe("where a writer refuses to go", () => {
  const asyncStore = (): ByteStore & { sinks: Map<string, MemorySink> } => {
    const sinks = new Map<string, MemorySink>();
    return {
      name: "cloud",
      sinks,
      open: async (name) => new MemorySource(sinks.get(name)?.toBytes() ?? new Uint8Array(0)),
      create: async (name): Promise<ByteSink> => {
        const sink = new MemorySink({ name });
        sinks.set(name, sink);
        return sink;
      },
      async *list() {
        yield* sinks.keys();
      },
      rename: async () => {},
      remove: async () => {},
    };
  };

  test("a web server", async () => {
    await expect(PlainWriter.open("https://127.0.0.1/a")).rejects.toMatchObject({
      code: "NTH_READONLY",
    });
  });

  test("a store whose files cannot be changed in place, in append mode and for the index of a live file", async () => {
    const store = asyncStore();
    const entry: StoreEntry = { store, name: "a" };
    await expect(PlainWriter.open(entry, { mode: "append" })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
    });
    const live = { store: new MemoryStore(), name: "a" };
    await expect(PlainWriter.open(live, { index: entry })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
    });
    const writer = await PlainWriter.open(entry);
    await writer.extend(some);
    await writer.close();
    expect(all(PlainReader.openSync(store.sinks.get("a")?.toBytes() as Uint8Array))).toEqual(
      plainly(some),
    );
    expect(() => PlainWriter.openSync(entry as never)).toThrow(
      expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }),
    );
  });

  test("a sink that cannot be read, in append mode", async () => {
    await expect(PlainWriter.open(new MemorySink(), { mode: "append" })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
    });
  });

  test("another program's index, unless it was named", async () => {
    const store = new MemoryStore();
    const data = { store, name: "a" };
    const foreign = new TextEncoder().encode("0 12\n12 40\n");
    put(store, "a.idx", foreign);
    const writer = await PlainWriter.open(data, { mode: "append" });
    await writer.extend(some);
    await writer.close();
    expect(store.openSync("a.idx").readSync(0, foreign.length)).toEqual(foreign);
    expect(store.statSync("a.idv1")?.size).toBe(16 + 8 * some.length);
    expect(all(PlainReader.openSync(data, { onStaleIndex: "throw" }))).toEqual(plainly(some));

    put(store, "a.idv1", foreign);
    const other = await PlainWriter.open(data, { mode: "append" });
    await other.extend(more);
    await other.close();
    expect(store.openSync("a.idv1").readSync(0, foreign.length)).toEqual(foreign);
    expect(all(PlainReader.openSync(data))).toEqual(plainly([...some, ...more]));
  });
});
