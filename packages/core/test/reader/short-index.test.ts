import { describe, expect, test } from "vitest";
import { blobFormats } from "../support/blob-formats.ts";
import { disk, NAME, openWriter, readAll } from "../support/crash.ts";

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test("an index cut inside its header, beside a seal that counts no records, is made anew", () => {
    for (let size = 0; size <= 16; size++) {
      for (const onStaleIndex of ["memory", "rebuild"] as const) {
        const store = disk();
        openWriter(format, store, { mode: "append" }).closeSync();
        store.editSync(`${NAME}.idx`).truncateSync(size);
        expect(readAll(format, store, { onStaleIndex })).toEqual([]);
      }
    }
  });
});
