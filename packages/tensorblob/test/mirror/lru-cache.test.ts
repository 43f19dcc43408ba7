import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BlockCache } from "../../src/folder/block-cache.ts";
import { TensorBlob } from "../../src/index.ts";
import { blobOf, codeOf, contents, pairs, rows } from "../support/blobs.ts";
import { tempFolder } from "../support/temp.ts";

const path = (): string => join(tempFolder(), "a.blob");

/** Files below a folder that this process has open. */
function openBelow(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(`${folder}/`) ? [target] : [];
    } catch {
      return [];
    }
  });
}

describe("LRUCache", () => {
  test.each([0, -1, 1.5])("invalid_maxsize %s", (maxCachedBlocks) => {
    const made = blobOf(path(), 2);
    expect(codeOf(() => TensorBlob.openSync(made, "r", { maxCachedBlocks }))).toBe("RangeError");
  });
  test.skipIf(process.platform !== "linux")(
    "cache_limits_loaded_blocks, lazy_loading, custom_cache_size",
    async () => {
      const made = blobOf(path(), 30);
      await using blob = await TensorBlob.open(made, "r", { maxCachedBlocks: 2 });
      expect(openBelow(made)).toHaveLength(0);
      blob.getSync(0);
      expect(openBelow(made)).toHaveLength(1);
      expect(blob.readSync()?.shape).toEqual([30, 2]);
      expect(openBelow(made).length).toBeLessThanOrEqual(2);
      await Promise.all(Array.from({ length: 30 }, (_, i) => blob.get(29 - i)));
      expect(openBelow(made).length).toBeLessThanOrEqual(2);
      await blob.close();
      expect(openBelow(made)).toHaveLength(0);
    },
  );
  test("lru_eviction_on_access, lru_eviction_order", () => {
    const opened: number[] = [];
    const closed: number[] = [];
    const openSync = (number: number): never => {
      opened.push(number);
      return { closeSync: () => closed.push(number) } as never;
    };
    const cache = new BlockCache({ open: async (number) => openSync(number), openSync }, 2);
    for (const number of [1, 2, 1, 3, 1, 2]) cache.heldSync(number);
    expect(opened).toEqual([1, 2, 3, 2]);
    expect(closed).toEqual([2, 3]);
    cache.closeSync();
    expect(closed).toEqual([2, 3, 1, 2]);
  });
  test("a block that is in use stays open, and one that does not open is tried again", async () => {
    let failures = 1;
    const closed: number[] = [];
    const open = async (number: number): Promise<never> => {
      if (failures-- > 0) throw new Error("not now");
      return { close: async () => void closed.push(number) } as never;
    };
    const cache = new BlockCache({ open }, 1);
    await expect(cache.use(1, async () => {})).rejects.toThrow("not now");
    expect(cache.size).toBe(0);
    await cache.use(1, async () => {
      await cache.use(2, async () => {});
      expect(closed).toEqual([2]);
      await cache.close();
    });
    expect(closed).toEqual([2, 1]);
  });
  test("cache_clears_on_truncate", () => {
    const made = blobOf(path(), 10);
    using blob = TensorBlob.openSync(made, "r+");
    blob.readSync();
    blob.truncateSync(2);
    expect(codeOf(() => blob.getSync(5))).toBe("NTH_OUT_OF_RANGE");
    blob.seek(2);
    blob.writeSync(rows(1, 7));
    expect(contents(made)).toEqual([0, 1, 7]);
  });
  test("cache_persists_config_not_cache_size", () => {
    const made = path();
    TensorBlob.openSync(made, "w", { ...pairs, maxCachedBlocks: 9 }).closeSync();
    expect(readFileSync(join(made, ".conf"), "utf8")).not.toContain("9");
  });
});
