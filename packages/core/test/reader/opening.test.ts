import { describe, expect, test } from "vitest";
import { isNthrecError, type ReaderOptions } from "../../src/index.ts";
import { PAGE_LENGTH } from "../../src/offsets/offset-table.ts";
import { bytesOf, NAME } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";
import { indexBytes, plainData, put, storeWith } from "../support/index-files.ts";
import { PlainReader } from "../support/plain-format.ts";

const entry = (store: FaultStore | ReturnType<typeof storeWith>) => ({ store, name: NAME });

describe("data that grew since the index was made", () => {
  test.each([PAGE_LENGTH - 1, PAGE_LENGTH, PAGE_LENGTH + 1, 2 * PAGE_LENGTH + 1])(
    "%i records, then 3 more, offsets paged",
    (count) => {
      const { data, offsets } = plainData(new Array<number>(count + 3).fill(1));
      const before = offsets[count] as number;
      const store = storeWith(data, indexBytes(offsets.slice(0, count), before));
      const reader = PlainReader.openSync(entry(store), { offsets: "paged" });
      expect(reader.length).toBe(count + 3);
      for (const i of [0, count - 1, count, count + 2]) {
        expect(reader.getSync(i), `record ${i}`).toEqual(Uint8Array.of(i & 0xff));
      }
      reader.closeSync();
      expect(bytesOf(store, `${NAME}.idx`)).toEqual(indexBytes(offsets, data.length));
    },
  );
});

describe("data with more pages of offsets than are kept", () => {
  test("grown, then read all over: every record is where it was", () => {
    const count = 129 * PAGE_LENGTH + 1;
    const added = 1000;
    // Empty blobs: a zero byte each.
    const data = new Uint8Array(count + added);
    const offsets = Array.from({ length: count + added }, (_, i) => i);
    const store = storeWith(data, indexBytes(offsets.slice(0, count), count));
    const reader = PlainReader.openSync(entry(store));
    expect(reader.length).toBe(count + added);
    for (let i = 0; i < count; i += PAGE_LENGTH) reader.getSync(i);
    for (const i of [0, count - 2, count - 1, count, count + added - 1]) {
      expect(reader.locateSync(i)).toEqual({ start: i, end: i + 1 });
    }
    reader.closeSync();
  });
});

describe("a look at an index whose offsets come page by page", () => {
  test("reads a small page for each sample, and none of the large ones", () => {
    const { data, offsets } = plainData(new Array<number>(64 * PAGE_LENGTH).fill(1));
    const store = storeWith(data, indexBytes(offsets, data.length));
    let read = 0;
    const openSync = store.openSync.bind(store);
    store.openSync = (name) => {
      const source = openSync(name);
      const readSync = source.readSync.bind(source);
      source.readSync = (start, end) => {
        if (name.endsWith(".idx")) read += end - start;
        return readSync(start, end);
      };
      return source;
    };
    const reader = PlainReader.openSync(entry(store), { offsets: "paged" });
    expect(reader.length).toBe(64 * PAGE_LENGTH);
    // 64 samples, some of which end a page and need the next one as well.
    expect(read).toBeGreaterThan(64 * 8);
    expect(read).toBeLessThan(80 * 4096);
    const before = read;
    expect(reader.getSync(3 * PAGE_LENGTH)).toEqual(Uint8Array.of(0));
    expect(read - before).toBe(8 * PAGE_LENGTH);
    reader.closeSync();
  });

  test("finds a fall in the page of a sample", () => {
    const { data, offsets } = plainData(new Array<number>(3 * PAGE_LENGTH).fill(1));
    const lying = [...offsets];
    lying[1] = lying[2] as number;
    const store = storeWith(data, indexBytes(lying, data.length));
    const reader = PlainReader.openSync(entry(store), { offsets: "paged" });
    expect(reader.getSync(1)).toEqual(Uint8Array.of(1));
    reader.closeSync();
    expect(bytesOf(store, `${NAME}.idx`)).toEqual(indexBytes(offsets, data.length));
  });
});

describe("an index that cannot be written", () => {
  const { data, offsets } = plainData([1, 2, 3]);

  test.each(["create", "write", "rename"])("%s fails: records are reported once", (op) => {
    const store = new FaultStore(storeWith(data), (change) =>
      change.op === op ? { fail: 0 } : undefined,
    );
    const seen: number[] = [];
    const reader = PlainReader.openSync(entry(store), {
      onIndexRecord: (_, index) => seen.push(index),
    });
    expect(seen).toEqual([0, 1, 2]);
    expect([...reader].map((each) => each.length)).toEqual([1, 2, 3]);
    reader.closeSync();
    expect(store.opened).toEqual([]);
  });

  test("nor removed: the reader opens, and frees the lock", () => {
    const inner = storeWith(data);
    put(inner, `${NAME}.seal`, new Uint8Array(8192));
    const store = new FaultStore(inner, ({ op }) =>
      op === "write" || op === "remove" ? { fail: 0 } : undefined,
    );
    const reader = PlainReader.openSync(entry(store));
    expect(reader.length).toBe(3);
    expect(store.locked).toBe(false);
    reader.closeSync();
  });

  test("a listener that throws leaves nothing behind", () => {
    const store = new FaultStore(storeWith(data));
    const onIndexRecord = (_: Uint8Array, index: number): void => {
      if (index === 1) throw new RangeError("enough");
    };
    expect(() => PlainReader.openSync(entry(store), { onIndexRecord })).toThrow("enough");
    expect(store.opened).toEqual([]);
    expect(store.listSync()).toEqual([NAME]);
    expect(offsets.length).toBe(3);
  });
});

describe("an opening that is aborted", () => {
  const { data } = plainData(new Array<number>(50).fill(3));

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("at call %i of the store", async (call) => {
    const inner = storeWith(data);
    put(inner, `${NAME}.seal`, new Uint8Array(8192));
    const aborter = new AbortController();
    const store = new FaultStore(inner);
    let calls = 0;
    const slow = new Proxy(store, {
      get(target, key) {
        const value = Reflect.get(target, key, target) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (["open", "create", "rename", "remove"].includes(String(key)) && ++calls === call) {
            aborter.abort();
          }
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const options: ReaderOptions = { signal: aborter.signal };
    const outcome = await PlainReader.open(entry(slow), options).catch((error: unknown) => error);
    if (outcome instanceof PlainReader) await outcome.close();
    else expect(isNthrecError(outcome, "NTH_ABORTED"), String(outcome)).toBe(true);
    expect(store.locked).toBe(false);
    expect(store.opened).toEqual([]);
    expect(store.listSync().filter((name) => name.includes(".tmp-"))).toEqual([]);
  });
});
