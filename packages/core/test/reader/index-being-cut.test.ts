import { describe, expect, test } from "vitest";
import { MemoryStore, type SyncByteSource } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { NAME, openWriter, readAll } from "../support/crash.ts";
import { FaultSource } from "../support/fault-source.ts";

const records = blobs(...Array.from({ length: 40 }, (_, i) => 1 + (i % 9)));

/** A folder where another program cuts the index just before the so-manieth read of it. */
class CuttingStore extends MemoryStore {
  cutAt = Number.POSITIVE_INFINITY;
  reads = 0;

  override openSync(name: string): SyncByteSource {
    const source = super.openSync(name);
    if (!name.endsWith(".idx")) return source;
    return new FaultSource(source, {
      before: () => {
        if (++this.reads !== this.cutAt) return;
        const index = this.editSync(name);
        index.truncateSync(12);
        index.closeSync();
      },
    });
  }
}

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test.each(["sealed", "without a seal"] as const)(
    "an index that is cut while a reader opens it is as good as none (%s)",
    (seal) => {
      for (let cutAt = 1; ; cutAt++) {
        const store = new CuttingStore();
        const writer = openWriter(format, store, { mode: "append" });
        writer.extendSync(records);
        writer.closeSync();
        if (seal !== "sealed") store.removeSync(`${NAME}.seal`);
        store.cutAt = cutAt;
        store.reads = 0;
        expect(readAll(format, store, { onStaleIndex: "memory" })).toEqual(records);
        if (store.reads < cutAt) break;
        expect(cutAt).toBeLessThan(100);
      }
    },
  );
});
