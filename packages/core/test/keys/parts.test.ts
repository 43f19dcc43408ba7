import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNthrecError, type NthrecError } from "../../src/index.ts";
import { EntryReader, MANY, putKey, putVarint } from "../../src/keys/entry-codec.ts";
import { EntryPart } from "../../src/keys/entry-part.ts";
import { keyed, keyedSync } from "../../src/keys/index.ts";
import { EncodedKey, hashKey } from "../../src/keys/key.ts";
import { decodeHeader, encodeHeader, type KeyHeader } from "../../src/keys/layout.ts";
import { property } from "../support/property.ts";
import { addRows, byRow, bytesOf, openRows, type Row, storeOf } from "./support/rows.ts";

/** Two keys with the same hash. */
function colliding(): [string, string] {
  const seen = new Map<number, string>();
  const key = new EncodedKey();
  for (let i = 0; ; i++) {
    const { hash } = key.encode(`c${i}`);
    const other = seen.get(hash);
    if (other !== undefined) return [other, `c${i}`];
    seen.set(hash, `c${i}`);
  }
}

describe("keys with one hash", () => {
  const [a, b] = colliding();

  test("are told apart, however they come", () => {
    expect(new EncodedKey().encode(a).hash).toBe(new EncodedKey().encode(b).hash);
    const rows: Row[] = [[b], [a], [b], ["other"], [a], [b]];
    for (const buildMemory of [undefined, 1]) {
      const entry = storeOf(rows);
      using reader = openRows(entry);
      for (const keys of ["resident", "paged"] as const) {
        using index = keyedSync(reader, { ...byRow, duplicates: "all", buildMemory, keys });
        expect([a, b].map((key) => index.findAllSync(key))).toEqual([
          [1, 4],
          [0, 2, 5],
        ]);
      }
    }
    const entry = storeOf([[b]]);
    using reader = openRows(entry);
    using index = keyedSync(reader, byRow);
    expect(index.findSync(a)).toBeUndefined();
  });
});

describe("the hash", () => {
  test("is that of docs/formats/keys.md", () => {
    const bytes = new TextEncoder().encode("key");
    expect(hashKey(0, bytes, 0, 3)).toBe(hashKey(1, bytes, 0, 3));
    expect(hashKey(0, bytes, 0, 3)).not.toBe(hashKey(2, bytes, 0, 3));
    expect([hashKey(0, bytes, 0, 0), hashKey(0, bytes, 0, 3)]).toEqual([91794203, 1816419298]);
  });
});
describe("entries", () => {
  test("are read back, or refused, whatever the bytes are", () => {
    const entry = new EntryReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          entry.over(bytes, 0, bytes.length);
          while (entry.at < entry.limit) {
            entry.key();
            expect(entry.end).toBeLessThanOrEqual(bytes.length);
            const { at } = entry;
            entry.skipRecords();
            const behind = entry.at;
            entry.at = at;
            entry.records(() => true);
            expect(entry.at).toBe(behind);
          }
        } catch (error) {
          expect(isNthrecError(error, "NTH_INDEX_INVALID")).toBe(true);
        }
      }),
      { ...property, numRuns: 2000 },
    );
  });

  test("of any length and any record number survive", () => {
    const record = fc.oneof(fc.nat(300), fc.maxSafeInteger().map(Math.abs));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), record, (key, number) => {
        const bytes = new Uint8Array(200);
        const end = putVarint(bytes, putKey(bytes, 0, 1, key, 0, key.length), number);
        const entry = new EntryReader().over(bytes, 0, end);
        entry.key();
        expect([entry.kind, entry.bytes.slice(entry.start, entry.end)]).toEqual([1, key]);
        expect(entry.varint()).toBe(number);
        expect(entry.at).toBe(end);
      }),
      property,
    );
  });

  test("are passed over as if each were read, whatever the bytes are", () => {
    const short = fc.tuple(
      fc.constantFrom(0, 1, 2, 3, MANY, MANY | 1),
      fc.uint8Array({ maxLength: 40 }),
      fc.maxSafeNat(),
    );
    const noise = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.array(short, { maxLength: 8 }), noise, fc.nat(10), (entries, rest, count) => {
        const bytes = new Uint8Array(800);
        let end = 0;
        for (const [flags, key, number] of entries) {
          const value = flags < MANY ? number : 0;
          end = putVarint(bytes, putKey(bytes, end, flags, key, 0, key.length), value);
        }
        bytes.set(rest, end);
        const over = (): EntryReader => new EntryReader().over(bytes, 0, end + rest.length);
        const outcome = (run: (entry: EntryReader) => void): unknown => {
          const entry = over();
          try {
            run(entry);
            return entry.at;
          } catch (error) {
            return (error as NthrecError).code;
          }
        };
        const skipped = outcome((entry) => entry.skip(count));
        const read = outcome((entry) => {
          for (let i = 0; i < count; i++) {
            entry.key();
            entry.skipRecords();
          }
        });
        expect(skipped).toBe(read);
      }),
      property,
    );
  });

  test("of one part are sorted by hash, key and record, however many there are", () => {
    for (const count of [0, 1, 200, 3000, 20_000]) {
      const part = new EntryPart(new ArrayBuffer(EntryPart.memoryFor(20) + 8), 8, 20);
      const key = new EncodedKey();
      for (let i = 0; i < count; i++) {
        key.encode(`${i % 700}`);
        key.hash &= 0xffffff;
        part.add(key, i);
      }
      const slot = { hash: -1, kind: 0, bytes: new Uint8Array(0), start: 0, end: 0, record: 0 };
      const cursor = part.sorted();
      let [hash, record, seen] = [-1, -1, 0];
      for (; cursor.next(slot); seen++) {
        expect(slot.hash > hash || (slot.hash === hash && slot.record > record)).toBe(true);
        [hash, record] = [slot.hash, slot.record];
      }
      expect(seen).toBe(count);
    }
  });
});

describe("headers", () => {
  const entry = storeOf([["a"], ["b"]]);
  const whole = ((): Uint8Array => {
    using reader = openRows(entry);
    keyedSync(reader, byRow).closeSync();
    return bytesOf(entry, "data.keys-row");
  })();
  const header = decodeHeader(whole, whole.length) as KeyHeader;

  test("are read back, and refused where they fit neither the file nor themselves", () => {
    expect(encodeHeader(header)).toEqual(whole.subarray(0, 256));
    const odd: Partial<KeyHeader>[] = [
      { entries: 100 },
      { directory: 10 },
      { buckets: 2 },
      { size: 1 },
      { samples: [] },
      { records: 2 ** 52 },
    ];
    for (const change of odd) {
      expect(decodeHeader(encodeHeader({ ...header, ...change }), whole.length)).toBeUndefined();
    }
    const huge = encodeHeader({ ...header, missing: 2 ** 53 });
    expect(decodeHeader(huge, whole.length)).toBeUndefined();
    expect(decodeHeader(whole.subarray(0, 100), whole.length)).toBeUndefined();
  });
});

describe("large indexes", () => {
  test("page by page only what is in use is kept, and lookups stay right", () => {
    const count = 1500;
    const long = (i: number): string => `${i}`.padEnd(4000, "x");
    const entry = storeOf(Array.from({ length: count }, (_, i) => [long(i)]));
    using reader = openRows(entry);
    using index = keyedSync(reader, { ...byRow, keys: "paged", buildMemory: 1_000_000 });
    expect(index.stats.bytes).toBeGreaterThan(5_000_000);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i += 7) expect(index.findSync(long(i))).toBe(i);
    }
  });

  test("keys of the greatest length are kept", () => {
    const keys = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(65_535));
    using reader = openRows(storeOf(keys.map((key) => [key])));
    for (const buildMemory of [undefined, 1]) {
      using index = keyedSync(reader, { ...byRow, name: `m${buildMemory}`, buildMemory });
      expect(keys.map((key) => index.findSync(key))).toEqual([0, 1, 2, 3, 4]);
    }
  });
});

describe("races", () => {
  test("data that shrink while their keys are read end the building", async () => {
    using inner = openRows(storeOf([["a"], ["b"]]));
    const reader = {
      name: "liar",
      length: 3,
      get: inner.get.bind(inner),
      getSync: inner.getSync.bind(inner),
      getMany: inner.getMany.bind(inner),
      getManySync: inner.getManySync.bind(inner),
      getBytes: inner.getBytes.bind(inner),
      getBytesSync: inner.getBytesSync.bind(inner),
      slice: inner.slice.bind(inner),
    };
    expect(() => keyedSync(reader, byRow)).toThrow(/ended at record 2/);
    await expect(keyed(reader, byRow)).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  });

  test("an index that another program puts in place of ours is not taken for ours", () => {
    const entry = storeOf([["a"], ["b"]]);
    const { store } = entry;
    const other = storeOf([["x"]]);
    using theirs = openRows(other);
    keyedSync(theirs, byRow).closeSync();
    const bytes = bytesOf(other, "data.keys-row");
    const rename = store.renameSync.bind(store);
    store.renameSync = (from, to) => {
      rename(from, to);
      if (!to.includes("keys")) return;
      const file = store.editSync(to);
      file.truncateSync(0);
      file.writeSync(0, bytes);
      file.closeSync();
    };
    using reader = openRows(entry);
    using index = keyedSync(reader, byRow);
    expect([index.findSync("a"), index.findSync("x"), index.stats.indexFile]).toEqual([
      0,
      undefined,
      undefined,
    ]);
  });

  test("lookups, refreshes and a rebuild at once all come to the truth; what was open is closed", async () => {
    const entry = storeOf(Array.from({ length: 300 }, (_, i) => [`k${i}`]));
    using reader = openRows(entry);
    const index = await keyed(reader, { ...byRow, keys: "paged" });
    addRows(entry, [["late"]]);
    reader.refreshSync();
    const found = await Promise.all([
      index.rebuild(),
      ...Array.from({ length: 50 }, (_, i) => index.find(`k${i}`)),
      index.refresh(),
      index.get("k7"),
    ]);
    expect(found.slice(1, 51)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(await index.find("late")).toBe(300);
    const rebuilding = index.rebuild();
    await index.close();
    await rebuilding.catch((error) => expect(isNthrecError(error, "NTH_NOT_OPEN")).toBe(true));
    expect(index.closed).toBe(true);
  });

  test("progress is told while it goes on", () => {
    const realNow = performance.now.bind(performance);
    let fast = 0;
    performance.now = () => {
      fast += 300;
      return realNow() + fast;
    };
    try {
      using reader = openRows(storeOf(Array.from({ length: 5000 }, (_, i) => [`k${i}`])));
      const told: number[] = [];
      using index = keyedSync(reader, {
        ...byRow,
        onProgress: ({ records }) => told.push(records),
      });
      expect(index.size).toBe(5000);
      expect(told).toEqual([1024, 2048, 3072, 4096, 5000]);
    } finally {
      performance.now = realNow;
    }
  });
});
