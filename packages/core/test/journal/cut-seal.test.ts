import { describe, expect, test } from "vitest";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { checkTidy, disk, NAME, openWriter, readAll } from "../support/crash.ts";

const cuts = [0, 100, 256, 4096, 4100, 8191];

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test.each([{ exclusive: false }, { exclusive: true }])(
    "a seal that is cut under an open writer is made whole by its next commit, %o",
    async (options) => {
      for (const cut of cuts) {
        const store = disk();
        const writer = openWriter(format, store, { mode: "append", ...options });
        const records = blobs(5, 300, 7, 9);
        for (const record of records) {
          await writer.append(record);
          await writer.commit();
          store.editSync(`${NAME}.seal`).truncateSync(cut);
        }
        writer.appendSync(Uint8Array.of(1));
        writer.commitSync();
        writer.closeSync();
        expect(store.statSync(`${NAME}.seal`)?.size).toBe(8192);
        expect(readAll(format, store)).toEqual([...records, Uint8Array.of(1)]);
        checkTidy(format, store, `cut to ${cut}`);
      }
    },
  );
});
