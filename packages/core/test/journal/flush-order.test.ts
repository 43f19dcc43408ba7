import { describe, expect, test } from "vitest";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { disk, NAME, openWriter } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";

/** A store whose folder is flushed, too; its changes say so as those of "names". */
class FolderStore extends FaultStore {
  flushSync(): void {
    this.change("flush", "names", 0, () => {});
  }

  async flush(): Promise<void> {
    this.flushSync();
  }
}

/** The changes to data and seal from the first append on, as "op name". */
async function changesOf(write: (store: FolderStore) => Promise<void>): Promise<string[]> {
  const store = new FolderStore(disk());
  await write(store);
  return store.changes.map(
    ({ op, name }) => `${op} ${name.replace(/^.*\//, "").replace(/(new|tmp)-.*/, "$1")}`,
  );
}

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test.each(["append", "write"] as const)(
    "on disk, data behind the committed end follow a seal that announces them (%s)",
    async (mode) => {
      const changes = await changesOf(async (store) => {
        const options = { mode, exclusive: true, durability: "disk", highWaterMark: 20 } as const;
        const writer = openWriter(format, store, options);
        await writer.append(blobs(5)[0] as Uint8Array);
        await writer.commit();
        store.changes.length = 0;
        // More than the high-water mark: written ahead of the commit where the format allows it.
        for (const blob of blobs(30, 40, 50)) await writer.append(blob);
        await writer.commit();
        await writer.close();
      });
      const appended = changes.indexOf(`append ${NAME}`);
      const first = appended >= 0 ? appended : changes.indexOf(`write ${NAME}`);
      const announced = changes.indexOf(`write ${NAME}.seal`);
      const flushed = changes.indexOf(`flush ${NAME}.seal`);
      expect(announced, changes.join()).toBeGreaterThanOrEqual(0);
      expect(flushed, changes.join()).toBeGreaterThan(announced);
      expect(first, changes.join()).toBeGreaterThan(flushed);
    },
  );

  test("on disk, an undo file has content and name before the seal counts on it", async () => {
    const changes = await changesOf(async (store) => {
      const writer = openWriter(format, store, { mode: "append", durability: "disk" });
      await writer.append(blobs(5)[0] as Uint8Array);
      await writer.append(blobs(6)[0] as Uint8Array);
      await writer.close();
    });
    const made = changes.indexOf(`create ${NAME}.undo`);
    // Formats that only add need none.
    if (made < 0) return;
    const sealed = changes.indexOf(`write ${NAME}.seal`, made);
    const between = changes.slice(made, sealed);
    expect(between).toContain(`flush ${NAME}.undo`);
    expect(between).toContain("flush names");
  });

  test.each(["append", "write"] as const)(
    "on disk, an index has its content before its name (%s)",
    async (mode) => {
      const changes = await changesOf(async (store) => {
        const writer = openWriter(format, store, { mode, durability: "disk" });
        await writer.append(blobs(5)[0] as Uint8Array);
        await writer.commit();
        await writer.close();
      });
      const temp = mode === "append" ? "tmp" : "new";
      const renamed = changes.indexOf(`rename ${NAME}.idx`);
      const flushed = changes.indexOf(`flush ${NAME}.idx.${temp}`);
      expect(flushed, changes.join()).toBeGreaterThanOrEqual(0);
      expect(renamed, changes.join()).toBeGreaterThan(flushed);
      expect(changes.lastIndexOf("flush names"), changes.join()).toBeGreaterThan(renamed);
    },
  );

  test("on disk, a writer that finds all in order flushes the names that another made", async () => {
    const changes = await changesOf(async (store) => {
      openWriter(format, store, { mode: "append" }).closeSync();
      store.changes.length = 0;
      openWriter(format, store, { mode: "append", durability: "disk" }).closeSync();
    });
    expect(changes).toEqual(["flush names"]);
  });
});
