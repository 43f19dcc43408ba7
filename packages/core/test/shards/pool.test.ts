import { describe, expect, test } from "vitest";
import { type PoolHost, ShardPool } from "../../src/shards/shard-pool.ts";

interface FakeReader {
  readonly shard: number;
  open: boolean;
}

/** A pool over readers that are nothing but open or closed; `before` may make an opening or a closing fail. */
function poolOver(
  maxOpen: number,
  before: (verb: "open" | "close", shard: number) => void = () => {},
) {
  const readers: FakeReader[] = [];
  const openNow = (shard: number): FakeReader => {
    before("open", shard);
    const reader = { shard, open: true };
    readers.push(reader);
    return reader;
  };
  const closeNow = (reader: FakeReader): void => {
    reader.open = false;
    before("close", reader.shard);
  };
  const later = () => new Promise((resolve) => setTimeout(resolve, 0));
  const host: PoolHost<FakeReader> = {
    name: "set",
    maxOpen,
    open: async (shard) => {
      await later();
      return openNow(shard);
    },
    openSync: openNow,
    close: async (reader) => {
      await later();
      closeNow(reader);
    },
    closeSync: closeNow,
    isSync: ({ shard }) => shard < 100,
    isResident: (shard) => shard >= 1000,
  };
  const open = (): number[] => readers.filter((each) => each.open).map(({ shard }) => shard);
  return { pool: new ShardPool(host), readers, open };
}

describe("a pool of readers", () => {
  test("closes the one that was not used for the longest time, and never one in use", async () => {
    const { pool, open } = poolOver(2);
    const first = await pool.acquire(0);
    (await pool.acquire(1)).release();
    (await pool.acquire(2)).release();
    expect(open()).toEqual([0, 2]);
    first.release();
    pool.peek(0);
    (await pool.acquire(3)).release();
    expect(open()).toEqual([0, 3]);
  });

  test("lets many wait for few places, in any order of release", async () => {
    const { pool, open } = poolOver(2);
    let most = 0;
    const use = async (i: number): Promise<void> => {
      const entry = await pool.acquire(i % 7);
      most = Math.max(most, open().length);
      expect(entry.reader).toMatchObject({ shard: i % 7, open: true });
      await new Promise((resolve) => setTimeout(resolve, i % 3));
      expect(entry.reader?.open).toBe(true);
      entry.release();
    };
    await Promise.all(Array.from({ length: 100 }, (_, i) => use(i)));
    expect(most).toBeLessThanOrEqual(2);
    await pool.close();
    expect(open()).toEqual([]);
  });

  test("tries again what could not be opened, and goes on after what could not be closed", async () => {
    const failing = new Set(["open 0", "close 1"]);
    const { pool, open } = poolOver(1, (verb, shard) => {
      if (failing.delete(`${verb} ${shard}`)) throw new Error(`${verb} ${shard} failed`);
    });
    const [a, b] = await Promise.allSettled([pool.acquire(0), pool.acquire(0)]);
    expect([a.status, b.status]).toEqual(["rejected", "rejected"]);
    expect(pool.size).toBe(0);
    (await pool.acquire(0)).release();
    (await pool.acquire(1)).release();
    await expect(pool.acquire(2)).rejects.toThrow("close 1 failed");
    (await pool.acquire(2)).release();
    expect(open()).toEqual([2]);
  });

  test("ends with the first failure, and everything is closed that can be", async () => {
    const fail = (verb: string): void => {
      if (verb === "close") throw new Error("cannot close");
    };
    const waited = poolOver(3, fail);
    for (const shard of [0, 1]) (await waited.pool.acquire(shard)).release();
    await expect(waited.pool.close()).rejects.toThrow("cannot close");
    const now = poolOver(3, fail);
    for (const shard of [0, 1]) now.pool.acquireSync(shard).release();
    expect(() => now.pool.closeSync()).toThrow("cannot close");
    for (const { open } of [waited, now]) expect(open()).toEqual([]);
  });

  test("closes what is still being opened, and refuses who waits", async () => {
    const { pool, readers, open } = poolOver(1);
    const held = await pool.acquire(0);
    const waits = [1, 2, 3].map((shard) => pool.acquire(shard));
    const closing = pool.close();
    for (const wait of waits) {
      await expect(wait).rejects.toThrow(expect.objectContaining({ code: "NTH_NOT_OPEN" }));
    }
    await closing;
    held.release();
    const other = poolOver(1);
    const late = other.pool.acquire(5);
    await other.pool.close();
    expect((await late).reader?.open).toBe(false);
    expect([open(), other.open(), readers.length]).toEqual([[], [], 1]);
    expect(() => other.pool.acquireSync(5)).toThrow("set is closed");
  });

  test("opens one more at once when all others are in use, and no more than that", async () => {
    const { pool, open } = poolOver(1);
    const held = await pool.acquire(0);
    pool.acquireSync(1).release();
    expect(open()).toEqual([0, 1]);
    pool.acquireSync(2).release();
    expect(open()).toEqual([0, 2]);
    held.release();
    pool.acquireSync(3).release();
    expect(open()).toEqual([3]);
  });

  test("a reader for one use, while another is on its way", async () => {
    const { pool, open } = poolOver(1);
    const coming = pool.acquire(0);
    const passing = pool.acquireSync(0);
    expect([passing.passing, passing.reader?.open]).toEqual([true, true]);
    passing.release();
    expect(open()).toEqual([]);
    expect(() => pool.closeSync()).toThrow(expect.objectContaining({ code: "NTH_NOT_SUPPORTED" }));
    (await coming).release();
    expect(open()).toEqual([0]);
    pool.closeSync();
    expect(open()).toEqual([]);
  });

  test("what cannot be closed at once is left alone by who cannot wait, and what is no file by all", async () => {
    const { pool, open } = poolOver(1);
    (await pool.acquire(100)).release();
    (await pool.acquire(1000)).release();
    pool.acquireSync(1001).release();
    pool.acquireSync(1).release();
    expect(open()).toEqual([100, 1000, 1001, 1]);
    (await pool.acquire(2)).release();
    expect(open()).toEqual([1000, 1001, 2]);
    expect(() => pool.closeSync()).toThrow("close only asynchronously");
    await pool.close();
    expect(open()).toEqual([]);
  });
});
