import { describe, expect, test } from "vitest";
import type { WriterOptions } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { bytesOf, checkTidy, disk, NAME, openWriter, readAll } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

/** More records than the checksum of the last offsets takes in. */
const batches = [blobs(1, 2, 3), blobs(4, 5, 6, 7, 8, 9, 10), blobs(11), blobs(12, 13, 14, 15, 16)];
const all = batches.flat();

const ways: Readonly<Record<string, WriterOptions>> = {
  "shared, level process": { mode: "append" },
  "shared, level disk": { mode: "append", durability: "disk" },
  "exclusive, written ahead": { mode: "append", exclusive: true, highWaterMark: 12 },
  "a new file": { mode: "write" },
  "a new file, written ahead": { mode: "write", highWaterMark: 12 },
};

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test.each(Object.entries(ways))(
    "a writer that opens fills the holes that a power cut left in the index (%s)",
    async (_way, options) => {
      for (let record = 0; record < all.length - 8; record++) {
        const store = disk();
        const writer = openWriter(format, store, options);
        for (const batch of batches) await writer.extend(batch);
        await writer.close();
        const index = NAME + format.Reader.indexSuffix;
        const whole = bytesOf(store, index);
        const file = store.editSync(index);
        file.writeSync(16 + record * 8, Uint8Array.of(255, 255, 255));
        file.closeSync();
        openWriter(format, store, { mode: "append" }).closeSync();
        expect(bytesOf(store, index), `the offset of record ${record}`).toEqual(whole);
        expect(readAll(format, store, { onStaleIndex: "throw" })).toEqual(all);
      }
    },
  );

  test("writers that take turns pass the checksum of all offsets on", async () => {
    const store = disk();
    const writers = [1, 2, 3].map(() => openWriter(format, store, { mode: "append" }));
    for (const [i, blob] of all.entries()) await writers[i % 3]?.append(blob);
    for (const writer of writers) await writer.close();
    let recoveries = 0;
    const onRecovery = (): void => {
      recoveries++;
    };
    openWriter(format, store, { mode: "append", onRecovery }).closeSync();
    expect(recoveries).toBe(0);
    checkTidy(format, store, "after three writers");
  });
});

describe.each(Object.entries(blobFormats))("%s", (_name, format) => {
  test("a commit survives that another program cuts the index in the middle of it", async () => {
    const memory = disk();
    const index = NAME + format.Reader.indexSuffix;
    const first = openWriter(format, memory, { mode: "append" });
    await first.extend(all);
    await first.close();
    const store = new FaultStore(memory, ({ op, name, bytes }) => {
      // The header, which is written last.
      if (op === "write" && name.endsWith(index) && bytes === 16) {
        const file = memory.editSync(index);
        file.truncateSync(0);
        file.closeSync();
      }
      return undefined;
    });
    const writer = openWriter(format, store, { mode: "append" });
    const more = blobs(3, 4);
    for (const blob of more) await writer.append(blob);
    await writer.close();
    expect(readAll(format, memory, { onStaleIndex: "memory" })).toEqual([...all, ...more]);
    openWriter(format, memory, { mode: "append" }).closeSync();
    checkTidy(format, memory, "after the next writer");
  });
});

test("a long run of offsets is brought to disk once, and not looked through again", async () => {
  const format = { Reader: PlainReader, Writer: PlainWriter };
  const memory = disk();
  const flushes = (store: FaultStore): number =>
    store.changes.filter(({ op, name }) => op === "flush" && name.endsWith(".idx")).length;
  const record = Uint8Array.of(7);
  const writer = openWriter(format, memory, { mode: "append" });
  await writer.extend(Array.from({ length: 65_536 }, () => record));
  await writer.close();
  for (const expected of [1, 0]) {
    const store = new FaultStore(memory);
    const next = openWriter(format, store, { mode: "append" });
    await next.append(record);
    await next.close();
    expect(flushes(store)).toBe(expected);
  }
  // What is on disk is not looked at again: a hole there is for `verify` to find.
  const file = memory.editSync(`${NAME}.idx`);
  file.writeSync(16 + 8 * 100, Uint8Array.of(255));
  file.closeSync();
  let recoveries = 0;
  const onRecovery = (): void => {
    recoveries++;
  };
  openWriter(format, memory, { mode: "append", onRecovery }).closeSync();
  expect(recoveries).toBe(0);
});
