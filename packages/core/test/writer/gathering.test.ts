import { expect, test } from "vitest";
import { isNthrecError } from "../../src/index.ts";
import { blobFormats } from "../support/blob-formats.ts";
import { blobs } from "../support/blobs.ts";
import { ChunkedReader, ChunkedWriter } from "../support/chunked-format.ts";
import { CountedReader } from "../support/counted-format.ts";
import { type BlobFormat, bytesOf, disk, NAME, openWriter, show } from "../support/crash.ts";

const append = { mode: "append" } as const;
const counted = blobFormats["counted"] as BlobFormat;

test("records appended while a writer waits for its turn go into the batch that it gathers", async () => {
  const store = disk();
  const writer = await ChunkedWriter.open({ store, name: NAME }, append);
  const lock = store.lock(`${NAME}.lock`);
  expect(lock.tryAcquire()).toBe(true);
  const values = blobs(1, 2, 3, 4, 5, 6, 7);
  const first = values.slice(0, 3).map((each) => writer.append(each));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const later = values.slice(3).map((each) => writer.append(each));
  lock.release();
  expect(await Promise.all([...first, ...later])).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await writer.close();
  const reader = ChunkedReader.openSync({ store, name: NAME });
  expect(show([...reader])).toBe(show(values));
  reader.closeSync();
});

test("records given up for want of the lock leave nothing in what the format gathers", async () => {
  const store = disk();
  const writer = await ChunkedWriter.open({ store, name: NAME }, { ...append, lockTimeoutMs: 10 });
  const lock = store.lock(`${NAME}.lock`);
  expect(lock.tryAcquire()).toBe(true);
  const failure = await writer.append(Uint8Array.of(1)).catch((error: unknown) => error);
  expect(isNthrecError(failure, "NTH_LOCKED")).toBe(true);
  lock.release();
  expect(await writer.append(Uint8Array.of(2))).toBe(0);
  await writer.close();
  const reader = ChunkedReader.openSync({ store, name: NAME });
  expect([...reader].map((each) => [...each])).toEqual([[2]]);
  reader.closeSync();
});

test("a count in the header counts what the commit holds, not what came meanwhile", async () => {
  const store = disk();
  const writer = openWriter(counted, store, append);
  const waits: Promise<number>[] = [];
  for (let i = 0; i < 20; i++) {
    waits.push(writer.append(Uint8Array.of(i)));
    await Promise.resolve();
    const reader = CountedReader.openSync({ store, name: NAME });
    const count = new DataView(bytesOf(store, NAME).buffer);
    if (reader.length > 0) expect(count.getUint32(4, true)).toBe(reader.length);
    reader.closeSync();
  }
  expect(await Promise.all(waits)).toEqual(waits.map((_, i) => i));
  await writer.close();
});

test("a batch of which one cannot be encoded leaves nothing, sync and async", async () => {
  const store = disk();
  const writer = openWriter(counted, store, append);
  const bad = [Uint8Array.of(1), "no bytes" as unknown as Uint8Array, Uint8Array.of(3)];
  expect(() => writer.extendSync(bad)).toThrow("a blob is a Uint8Array");
  await expect(writer.extend(bad)).rejects.toThrow("a blob is a Uint8Array");
  expect(writer.length).toBe(0);
  expect(await writer.append(Uint8Array.of(4))).toBe(0);
  await writer.close();
  const reader = CountedReader.openSync({ store, name: NAME });
  expect([...reader].map((each) => [...each])).toEqual([[4]]);
  reader.closeSync();
});
