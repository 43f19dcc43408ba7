import { describe, expect, test } from "vitest";
import { isNthrecError, MemoryStore, type NthrecErrorCode } from "../../src/index.ts";
import { keyed, keyedSync } from "../../src/keys/index.ts";
import { put } from "../support/index-files.ts";
import { addRows, byRow, bytesOf, openRows, type Row, storeOf } from "./support/rows.ts";

function codeOf(work: () => unknown): NthrecErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    return error.code;
  }
}

const rows = (count: number, word = "key"): Row[] =>
  Array.from({ length: count }, (_, i) => [`${word} ${i}`]);

describe("an index is tied to its data", () => {
  test("data written anew, with the same size and length, are indexed anew", () => {
    const entry = storeOf(rows(100, "old"));
    {
      using reader = openRows(entry);
      keyedSync(reader, byRow).closeSync();
    }
    const fresh = storeOf(rows(100, "new"));
    put(entry.store, "data", bytesOf(fresh, "data"));
    using reader = openRows(entry);
    expect(codeOf(() => keyedSync(reader, { ...byRow, onStaleIndex: "throw" }))).toBe(
      "NTH_INDEX_STALE",
    );
    using index = keyedSync(reader, byRow);
    expect([index.findSync("old 7"), index.findSync("new 7")]).toEqual([undefined, 7]);
  });

  test("a record changed in place, unseen by any sample and with an older clock, is never taken for another", () => {
    let now = 1000;
    const store = new MemoryStore({ now: () => now });
    const entry = { store, name: "data" };
    addRows(entry, rows(100));
    using reader = openRows(entry);
    keyedSync(reader, byRow).closeSync();
    now = 500;
    const bytes = bytesOf(entry, "data");
    const { start, end } = reader.locateSync(50);
    bytes.set(new TextEncoder().encode("kez"), start + 1 + 7);
    expect(new TextDecoder().decode(bytes.subarray(start, end))).toContain("kez 50");
    const live = store.editSync("data");
    live.writeSync(0, bytes);
    live.closeSync();
    using again = openRows(entry);
    using strict = keyedSync(again, { ...byRow, onStaleIndex: "throw" });
    expect(codeOf(() => strict.getSync("key 50"))).toBe("NTH_INDEX_STALE");
    expect(codeOf(() => strict.getAllSync("key 50"))).toBe("NTH_INDEX_STALE");
    expect(codeOf(() => strict.getManySync(["key 50"]))).toBe("NTH_INDEX_STALE");
    using index = keyedSync(again, byRow);
    expect(codeOf(() => index.getSync("key 50"))).toBe("NTH_KEY_NOT_FOUND");
    expect(index.atSync("key 50")).toBeUndefined();
    expect(index.findSync("kez 50")).toBe(50);
  });

  test("records that changed places are found where they are now", async () => {
    let now = 1000;
    const store = new MemoryStore({ now: () => now });
    const entry = { store, name: "data" };
    addRows(entry, rows(100));
    using reader = openRows(entry);
    keyedSync(reader, byRow).closeSync();
    now = 500;
    const bytes = bytesOf(entry, "data");
    const [a, b] = [reader.locateSync(50), reader.locateSync(61)];
    const first = bytes.slice(a.start, a.end);
    bytes.copyWithin(a.start, b.start, b.end);
    bytes.set(first, b.start);
    const live = store.editSync("data");
    live.writeSync(0, bytes);
    live.closeSync();
    using again = openRows(entry);
    using index = keyedSync(again, byRow);
    expect(index.getSync("key 50")).toEqual(again.getSync(61));
    expect(index.findSync("key 50")).toBe(61);
  });

  test("data that were cut: an index that knows of more still tells the truth", () => {
    const entry = storeOf(rows(64));
    {
      using reader = openRows(entry);
      keyedSync(reader, byRow).closeSync();
    }
    const shorter = storeOf(rows(30));
    // The index is the younger file, as if the data had been cut before it was copied here.
    const store = new MemoryStore({
      entries: [
        ["data", bytesOf(shorter, "data")],
        ["data.keys-row", bytesOf(entry, "data.keys-row")],
      ],
    });
    using reader = openRows({ store, name: "data" });
    using index = keyedSync(reader, byRow);
    expect([index.findSync("key 29"), index.findSync("key 30")]).toEqual([29, undefined]);
    expect(index.findAllSync("key 30")).toEqual([]);
  });

  test("a reader opened before the data grew uses the index of those who came later", () => {
    const entry = storeOf(rows(10));
    using early = openRows(entry);
    addRows(entry, [["key 3"], ["late"]]);
    using late = openRows(entry);
    const options = { ...byRow, duplicates: "last" } as const;
    keyedSync(late, options).closeSync();
    const bytes = bytesOf(entry, "data.keys-row");
    using index = keyedSync(early, options);
    expect([index.findSync("key 3"), index.findSync("late")]).toEqual([3, undefined]);
    expect(index.findAllSync("key 3")).toEqual([3]);
    expect(bytesOf(entry, "data.keys-row")).toEqual(bytes);
    early.refreshSync();
    index.refreshSync();
    expect([index.findSync("key 3"), index.findSync("late")]).toEqual([10, 11]);
  });

  test("keys made in another way under the same name are not mixed up", () => {
    const entry = storeOf(rows(50));
    using reader = openRows(entry);
    keyedSync(reader, byRow).closeSync();
    const key = (record: Uint8Array, index: number) => `${index} of ${record.length}`;
    using index = keyedSync(reader, { key, name: "row" });
    expect(index.findSync(`7 of ${reader.getSync(7).length}`)).toBe(7);
    expect(index.findSync("key 7")).toBeUndefined();
  });

  test("two names are two indexes, also in one file named for both", () => {
    const entry = storeOf(rows(20));
    using reader = openRows(entry);
    const number = (_: Uint8Array, index: number) => index;
    using first = keyedSync(reader, byRow);
    using second = keyedSync(reader, { key: number, name: "number" });
    expect([first.findSync("key 3"), second.findSync(3)]).toEqual([3, 3]);
    const indexFile = { store: entry.store, name: "shared" };
    keyedSync(reader, { ...byRow, indexFile }).closeSync();
    using third = keyedSync(reader, { key: number, name: "number", indexFile });
    expect(third.findSync(3)).toBe(3);
  });

  test("another program's file is never read as an index, and never overwritten", async () => {
    const entry = storeOf(rows(3));
    const pickle = Uint8Array.of(0x80, 4, 0x95, 1, 2, 3);
    put(entry.store, "data.keys-row", pickle);
    using reader = openRows(entry);
    for (const onStaleIndex of ["rebuild", "memory", "throw"] as const) {
      expect(codeOf(() => keyedSync(reader, { ...byRow, onStaleIndex }))).toBe("NTH_INDEX_FOREIGN");
      await expect(keyed(reader, { ...byRow, onStaleIndex })).rejects.toThrow(/pickle/);
    }
    put(entry.store, "data.keys-row", new TextEncoder().encode("notes"));
    expect(() => keyedSync(reader, byRow)).toThrow(/another program/);
    put(entry.store, "data.keys-row", new Uint8Array(0));
    using index = keyedSync(reader, byRow);
    expect(index.findSync("key 1")).toBe(1);
  });

  test("a missing index: built, kept in memory, or refused", () => {
    const entry = storeOf(rows(3));
    using reader = openRows(entry);
    expect(codeOf(() => keyedSync(reader, { ...byRow, onStaleIndex: "throw" }))).toBe(
      "NTH_INDEX_MISSING",
    );
    using memory = keyedSync(reader, { ...byRow, onStaleIndex: "memory" });
    expect([memory.findSync("key 1"), memory.stats.indexFile]).toEqual([1, undefined]);
    expect(entry.store.listSync()).not.toContain("data.keys-row");
    using index = keyedSync(reader, byRow);
    expect(index.stats.indexFile).toBe("memory/data.keys-row");
    memory.refreshSync();
    expect(memory.findSync("key 2")).toBe(2);
  });
});
