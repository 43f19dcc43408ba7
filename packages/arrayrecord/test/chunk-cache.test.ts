import { describe, expect, test } from "vitest";
import { ArrayRecordReader, RiegeliReader } from "../src/index.ts";
import { ChunkCache } from "../src/records/chunk-cache.ts";
import { chunkOf } from "./support/records.ts";

/** A chunk of 100 bytes and what its table takes. */
const chunk = () => chunkOf([new Uint8Array(96)]);

describe("a cache of chunks", () => {
  test("keeps those used last", () => {
    const cache = new ChunkCache(250);
    const all = [chunk(), chunk(), chunk()];
    all.forEach((each, i) => {
      cache.put(i, each);
    });
    expect([cache.get(0), cache.get(1), cache.get(2)]).toEqual([undefined, all[1], all[2]]);
    cache.get(1);
    cache.put(3, chunk());
    expect(cache.get(2)).toBeUndefined();
    expect(cache.get(1)).toBe(all[1]);
    const again = chunk();
    cache.put(1, again);
    expect(cache.get(1)).toBe(again);
    expect(cache.get(3)).toBeDefined();
  });

  test("keeps one chunk, however large", () => {
    const cache = new ChunkCache(1);
    const large = chunk();
    cache.put(4, large);
    expect(cache.get(4)).toBe(large);
  });

  test("keeps what it promised until it was fetched", () => {
    const cache = new ChunkCache(100);
    expect(cache.promise(0)).toBe(false);
    const first = chunk();
    cache.put(0, first);
    expect([cache.promise(0), cache.promise(0)]).toEqual([true, true]);
    cache.put(1, chunk());
    cache.put(2, chunk());
    expect(cache.get(0)).toBeUndefined();
    expect([cache.redeem(0), cache.redeem(0), cache.redeem(0)]).toEqual([first, first, undefined]);
  });

  test("gives up promises that nobody fetches when there are many", () => {
    const cache = new ChunkCache(100);
    for (let i = 0; i < 10; i++) {
      cache.put(i, chunk());
      expect(cache.promise(i)).toBe(true);
    }
    const kept = Array.from({ length: 10 }, (_, i) => cache.redeem(i) !== undefined);
    expect(kept.filter(Boolean).length).toBe(4);
    expect(kept.at(-1)).toBe(true);
  });
});

test.each([-1, Number.NaN, "1 MB"])("%j is no number of bytes", (cacheBytes) => {
  const wrong = { cacheBytes: cacheBytes as never };
  const refused = expect.objectContaining({
    code: "NTH_INVALID_VALUE",
    message: expect.stringContaining("cacheBytes"),
  });
  const empty = new Uint8Array(0);
  expect(() => ArrayRecordReader.openSync(empty, wrong)).toThrow(refused);
  expect(() => RiegeliReader.openSync(empty, wrong)).toThrow(refused);
});
