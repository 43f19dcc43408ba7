import { describe, expect, test } from "vitest";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { disk, NAME, openWriter } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";

/** The changes to data and seal from the first append on, as "op name". */
async function changesOf(write: (store: FaultStore) => Promise<void>): Promise<string[]> {
  const store = new FaultStore(disk());
  await write(store);
  return store.changes.map(({ op, name }) => `${op} ${name.replace(/^.*\//, "")}`);
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
});
