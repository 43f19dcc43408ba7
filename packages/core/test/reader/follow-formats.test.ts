import { describe, expect, test } from "vitest";
import type { BaseIndexedReader } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { disk, NAME, openWriter } from "../support/crash.ts";

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test.each([0, 1, 3])("what is committed behind %i records is delivered once", async (before) => {
    const store = disk();
    const records = blobs(3, 40, 5, 200, 0, 7, 90);
    const writer = openWriter(format, store, { mode: "append" });
    for (const record of records.slice(0, before)) await writer.append(record);
    const reader = (await format.Reader.open({
      store,
      name: NAME,
    })) as BaseIndexedReader<Uint8Array>;
    const seen: Uint8Array[] = [];
    const following = reader.follow({ pollMs: 1 });
    // A header whose count is patched and a footer that moves lie among the bytes by which a file is known again.
    for (const record of records.slice(before)) {
      await writer.append(record);
      seen.push((await following.next()).value as Uint8Array);
    }
    await following.return();
    expect(seen).toEqual(records.slice(before));
    await writer.close();
    await reader.close();
  });
});
