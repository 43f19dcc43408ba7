import { describe, expect, test } from "vitest";
import { isNthrecError, MemoryStore } from "../../src/index.ts";
import { keyedSync } from "../../src/keys/index.ts";
import { decodeHeader } from "../../src/keys/layout.ts";
import { byRow, bytesOf, openRows, type Row, storeOf } from "./support/rows.ts";

const rows: Row[] = [
  ...Array.from({ length: 40 }, (_, i) => [`key ${i}`]),
  [5n, { float: 5 }],
  ["x".repeat(200)],
  ["key 7"],
];
const lenient = { ...byRow, duplicates: "all" } as const;
const sought = ["key 0", "key 7", "key 39", "nothing", 5n, { float: 5 }, 6, "x".repeat(200)];
const expected = [[0], [7, 42], [39], [], [40], [40], [], [41]];

type Way = readonly ["throw" | "rebuild", "resident" | "paged"];
const all: readonly Way[] = [
  ["throw", "resident"],
  ["throw", "paged"],
  ["rebuild", "resident"],
  ["rebuild", "paged"],
];
const sound = ((): [string, Uint8Array][] => {
  const entry = storeOf(rows);
  return ["data", "data.idx"].map((name) => [name, bytesOf(entry, name)]);
})();
/** Three of them find the same fault in many ways; one has to find it every time. */
const some = (at: number): Way[] => [["throw", "paged"], all[at % 4] as Way];

/** Every way to use an index whose bytes are not what they should be: nothing but the truth, or a coded error. */
function expectTruth(bytes: Uint8Array, ways: readonly Way[] = all): void {
  for (const [onStaleIndex, keys] of ways) {
    const store = new MemoryStore({ entries: [...sound, ["data.keys-row", bytes]] });
    const entry = { store, name: "data" };
    using reader = openRows(entry);
    try {
      using index = keyedSync(reader, { ...lenient, onStaleIndex, keys });
      expect(sought.map((key) => index.findAllSync(key))).toEqual(expected);
      expect([...index.keysSync()].length).toBe(index.size);
    } catch (error) {
      const codes = ["NTH_INDEX_INVALID", "NTH_INDEX_STALE", "NTH_INDEX_FOREIGN"] as const;
      if (!isNthrecError(error, ...codes)) throw error;
      // Only the magic number makes a file ours.
      if (onStaleIndex === "rebuild") expect(error.code).not.toBe("NTH_INDEX_STALE");
    }
  }
}

describe("a damaged index", { timeout: 60_000 }, () => {
  const whole = ((): Uint8Array => {
    const entry = storeOf(rows);
    using reader = openRows(entry);
    keyedSync(reader, lenient).closeSync();
    return bytesOf(entry, "data.keys-row");
  })();

  test("that was cut anywhere never gives a wrong answer", () => {
    for (let size = 0; size < whole.length; size++)
      expectTruth(whole.subarray(0, size), some(size));
  });

  test("with any byte changed never gives a wrong answer", () => {
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      expectTruth(bytes, some(at));
    }
  });

  test("with bytes behind its end, or of another index, is not believed", () => {
    expectTruth(new Uint8Array([...whole, 0]));
    const other = storeOf(rows.map((_, i) => [`other ${i}`]));
    using reader = openRows(other);
    keyedSync(reader, byRow).closeSync();
    const theirs = bytesOf(other, "data.keys-row");
    expectTruth(theirs);
    // Its directory and buckets under our header.
    const mixed = theirs.slice();
    mixed.set(whole.subarray(0, 256));
    expectTruth(mixed);
  });

  test("is mended once while it is in use, or says so", () => {
    const entry = storeOf(rows);
    using reader = openRows(entry);
    keyedSync(reader, lenient).closeSync();
    using index = keyedSync(reader, { ...lenient, keys: "paged" });
    using strict = keyedSync(reader, { ...lenient, keys: "paged", onStaleIndex: "throw" });
    const live = entry.store.editSync("data.keys-row");
    const { directory } = decodeHeader(whole, whole.length) as { directory: number };
    live.writeSync(256, new Uint8Array(directory - 256));
    live.closeSync();
    expect(() => strict.findSync("key 1")).toThrow(/damaged/);
    expect(index.findSync("key 1")).toBe(1);
    expect(bytesOf(entry, "data.keys-row")).toEqual(whole);
  });
});
