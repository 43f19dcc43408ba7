import { describe, expect, test } from "vitest";
import {
  isNthrecError,
  MemorySource,
  type NthrecErrorCode,
  type ReaderOptions,
} from "../../src/index.ts";
import { buildIndexSync } from "../../src/reader/index-maintenance.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { type BlobFormat, disk, NAME, openWriter } from "../support/crash.ts";
import { asyncOnly, FaultSource } from "../support/fault-source.ts";
import { FaultStore } from "../support/fault-store.ts";
import { indexBytes, plainData, put, storeWith } from "../support/index-files.ts";
import { LineReader } from "../support/line-format.ts";
import { PlainReader } from "../support/plain-format.ts";

const lines = Array.from({ length: 300 }, (_, i) => (i === 150 ? "!" : `line ${i}`));
const text = new TextEncoder().encode(`${lines.join("\n")}\n`);
const begins = lines.map((_, i) => lines.slice(0, i).join("\n").length + Math.min(i, 1));

async function thrown(verb: () => unknown): Promise<unknown> {
  try {
    return await verb();
  } catch (error) {
    return error;
  }
}
const codeOf = async (verb: () => unknown): Promise<NthrecErrorCode | unknown> => {
  const error = await thrown(verb);
  return isNthrecError(error) ? error.code : error;
};

describe("a format that looks at the byte before a record", () => {
  const sources = [
    ["at hand", () => new MemorySource(text)],
    ["far away", () => asyncOnly(new MemorySource(text))],
  ] as const;

  test.each(sources)("is read by every verb, %s", async (_, open) => {
    const reader = await LineReader.open(open());
    const good = lines.map((_line, i) => i).filter((i) => i !== 150);
    expect(reader.length).toBe(300);
    expect(await Promise.all(good.map((i) => reader.get(i)))).toEqual(good.map((i) => lines[i]));
    expect(await reader.getMany(good)).toEqual(good.map((i) => lines[i]));
    expect(await reader.locate(7)).toEqual({ start: begins[7], end: begins[8] });
    expect(new TextDecoder().decode(await reader.getBytes(0))).toBe("line 0\n");
    const error = await thrown(() => reader.get(150));
    expect(error).toMatchObject({ code: "NTH_DECODE_ERROR", index: 150, offset: begins[150] });
    expect(await codeOf(() => reader.getMany([1, 150]))).toBe("NTH_DECODE_ERROR");
    // One that cannot be decoded is an error, and the next call goes on behind it.
    const seen: unknown[] = [];
    const records = reader[Symbol.asyncIterator]();
    for (let i = 0; i < 300; i++) {
      seen.push(await codeOf(async () => (await records.next()).value));
    }
    expect(seen).toEqual(lines.map((line) => (line === "!" ? "NTH_DECODE_ERROR" : line)));
    expect(await records.next()).toEqual({ value: undefined, done: true });
    expect((await reader.verify({ level: "full" })).problems).toMatchObject([{ index: 150 }]);
    await reader.close();
  });

  test("an index that begins a record in the middle of a line is found out", () => {
    const wrong = begins.map((each, i) => (i === 200 ? each + 2 : each));
    const store = storeWith(text, indexBytes(wrong, text.length));
    const reader = LineReader.openSync({ store, name: NAME });
    expect([reader.getSync(199), reader.getSync(200)]).toEqual(["line 199", "line 200"]);
    reader.closeSync();
  });
});

describe("records that cannot be fetched are not passed over", () => {
  const { data, offsets } = plainData(Array.from({ length: 40_000 }, () => 20));
  const index = () => {
    const store = storeWith(data, indexBytes(offsets, data.length));
    return { store, name: `${NAME}.idx` };
  };
  const broken = () => {
    let good = true;
    const source = new FaultSource(new MemorySource(data), {
      before: () => {
        if (!good) throw new Error("unplugged");
      },
    });
    return { source, unplug: () => (good = false), plug: () => (good = true) };
  };

  test("in the calling thread", async () => {
    const { source, unplug, plug } = broken();
    const reader = PlainReader.openSync(source, { index: index() });
    const records = reader[Symbol.iterator]();
    expect(records.next().done).toBe(false);
    unplug();
    const outcome = await codeOf(() => {
      for (;;) if (records.next().done) return "done";
    });
    expect(outcome).toBe("NTH_IO_ERROR");
    plug();
    expect(records.next().done).toBe(true);
    expect(reader.getSync(39_999)).toHaveLength(20);
    reader.closeSync();
  });

  test("and ahead of it", async () => {
    const { source, unplug, plug } = broken();
    const reader = await PlainReader.open(asyncOnly(source), { index: index() });
    const records = reader[Symbol.asyncIterator]();
    expect((await records.next()).done).toBe(false);
    unplug();
    const outcome = await codeOf(async () => {
      for (;;) if ((await records.next()).done) return "done";
    });
    expect(outcome).toBe("NTH_IO_ERROR");
    plug();
    expect((await records.next()).done).toBe(true);
    await reader.close();
  });
});

describe("a listener hears the bytes that getBytes gives", () => {
  test.each(Object.entries(blobFormats))("%s", (_, format: BlobFormat) => {
    const store = disk();
    const writer = openWriter(format, store, { mode: "write", index: "none" });
    writer.extendSync(Array.from({ length: 9 }, (_unused, i) => new Uint8Array(i * 3).fill(i)));
    writer.closeSync();
    const heard: Uint8Array[] = [];
    const options: ReaderOptions = {
      index: "memory",
      onIndexRecord: (bytes) => heard.push(new Uint8Array(bytes)),
    };
    const reader = format.Reader.openSync({ store, name: NAME }, options);
    const given = heard.map((_bytes, i) => new Uint8Array(reader.getBytesSync(i)));
    expect(heard).toEqual(given);
    expect(heard).toHaveLength(9);
    reader.closeSync();
  });
});

describe("an index that must be written says why it is not", () => {
  const { data } = plainData([3, 4, 5]);

  test("a writer is at work", async () => {
    const store = storeWith(data);
    put(store, `${NAME}.seal`, new Uint8Array(8192));
    const lock = store.lock(`${NAME}.lock`);
    lock.tryAcquire();
    expect(await codeOf(() => buildIndexSync(PlainReader, { store, name: NAME }))).toBe(
      "NTH_LOCKED",
    );
    lock.release();
    expect(buildIndexSync(PlainReader, { store, name: NAME })).toBe(3);
  });

  test("the data end in half a record", async () => {
    const store = storeWith(data.subarray(0, -1));
    const entry = { store, name: NAME };
    expect(await codeOf(() => buildIndexSync(PlainReader, entry, { tail: "ignore" }))).toBe(
      "NTH_TRUNCATED",
    );
    expect(store.listSync()).toEqual([NAME]);
  });

  test("the file there is another program's, unless it was named", async () => {
    const store = storeWith(data, new TextEncoder().encode("0 10\n"));
    put(store, `${NAME}.idv1`, new TextEncoder().encode("also another's"));
    const entry = { store, name: NAME };
    expect(await codeOf(() => buildIndexSync(PlainReader, entry))).toBe("NTH_INDEX_FOREIGN");
    const named = { index: { store, name: `${NAME}.idx` } };
    expect(buildIndexSync(PlainReader, entry, named)).toBe(3);
  });

  test("the place is full", async () => {
    const store = new FaultStore(storeWith(data), ({ op }) =>
      op === "write" ? { fail: 0 } : undefined,
    );
    expect(await codeOf(() => buildIndexSync(PlainReader, { store, name: NAME }))).toBe(
      "NTH_IO_ERROR",
    );
    expect(store.opened).toEqual([]);
  });
});

describe("opening again", () => {
  test("that fails leaves the reader as it was", async () => {
    const { data } = plainData([3, 4, 5]);
    const memory = storeWith(data);
    const store = new FaultStore(memory);
    const reader = await PlainReader.open({ store, name: NAME });
    memory.removeSync(NAME);
    expect(await codeOf(() => reader.refresh())).toBe("NTH_NOT_FOUND");
    expect(await codeOf(() => reader.rebuildIndex())).toBe("NTH_NOT_FOUND");
    expect(await reader.get(2)).toHaveLength(5);
    await reader.close();
    expect(store.opened).toEqual([]);
  });

  test("many times at once takes turns, and closes all but the last", async () => {
    const { data } = plainData([3, 4, 5]);
    const store = new FaultStore(storeWith(data));
    const reader = await PlainReader.open({ store, name: NAME }, { offsets: "paged" });
    await Promise.all([reader.refresh(), reader.rebuildIndex(), reader.refresh(), reader.get(1)]);
    expect(store.opened.filter((each) => each === NAME)).toEqual([NAME]);
    await reader.close();
    expect(store.opened).toEqual([]);
  });

  test("and closing meanwhile leaves nothing open", async () => {
    const { data } = plainData([3, 4, 5]);
    const store = new FaultStore(storeWith(data));
    const reader = await PlainReader.open({ store, name: NAME }, { offsets: "paged" });
    const refreshed = codeOf(() => reader.refresh());
    await reader.close();
    expect([undefined, "NTH_NOT_OPEN"]).toContain(await refreshed);
    expect(store.opened).toEqual([]);
    expect(await codeOf(() => reader.refresh())).toBe("NTH_NOT_OPEN");
  });
});
