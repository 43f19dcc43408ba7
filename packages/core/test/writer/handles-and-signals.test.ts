import { describe, expect, test } from "vitest";
import type { MemoryStore, WriterOptions } from "../../src/index.ts";
import { blobs } from "../support/blobs.ts";
import { ChunkedReader, ChunkedWriter } from "../support/chunked-format.ts";
import { CountedReader, CountedWriter } from "../support/counted-format.ts";
import { type BlobFormat, bytesOf, disk, NAME, openWriter, readAll } from "../support/crash.ts";
import { FaultStore } from "../support/fault-store.ts";
import { PlainReader, PlainWriter } from "../support/plain-format.ts";

const plain = { Reader: PlainReader, Writer: PlainWriter };
const counted = { Reader: CountedReader, Writer: CountedWriter } as BlobFormat;
const append: WriterOptions = { mode: "append" };

function open(store: MemoryStore | FaultStore = disk(), options: WriterOptions = append) {
  return PlainWriter.openSync({ store, name: NAME }, options);
}

describe("handles of one writer", () => {
  test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]]])(
    "the last of three to close frees the file, in the order %j",
    async (order) => {
      const store = new FaultStore(disk());
      const first = open(store, { mode: "append", exclusive: true });
      const handles = [first, first.share(), first.share()];
      for (const [i, which] of order.entries()) {
        const handle = handles[which] as PlainWriter;
        handle.appendSync(Uint8Array.of(i));
        if (i % 2 === 0) await handle.close();
        else handle.closeSync();
        expect(handle.closed).toBe(true);
        expect(store.locked).toBe(i < 2);
        await handle.close();
        handle.closeSync();
      }
      expect(readAll(plain, store)).toHaveLength(3);
    },
  );

  test("closing both ways at once gives the handle up once", async () => {
    const first = open();
    const second = first.share();
    const closing = first.close();
    first.closeSync();
    await closing;
    expect(second.appendSync(Uint8Array.of(1))).toBe(0);
    await Promise.all([second.close(), second.close()]);
    expect(() => second.length).toThrow(/is closed/);
  });

  test("after an abort by one, the others are closed and closing them is no error", async () => {
    for (const sync of [true, false]) {
      const store = disk();
      const first = open(store);
      const [second, third] = [first.share(), first.share()];
      const lost = first.append(Uint8Array.of(1));
      await first.abort();
      await expect(lost).rejects.toMatchObject({ code: "NTH_ABORTED" });
      await expect(second.append(Uint8Array.of(1))).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
      await second.abort();
      if (sync) third.closeSync();
      else await third.close();
      expect(readAll(plain, store)).toEqual([]);
    }
  });

  test("a writer that was never opened says so, and closes without effect", async () => {
    const writer = new PlainWriter();
    expect(writer.name).toBe("a writer that was never opened");
    expect(() => writer.length).toThrow(/never opened/);
    expect(writer.mode).toBe("write");
    writer.closeSync();
    await writer.close();
    await writer.abort();
  });
});

describe("signals", () => {
  test("that fired refuse every verb, and nothing is taken", async () => {
    const writer = open();
    const signal = AbortSignal.abort();
    for (const verb of [
      () => writer.append(Uint8Array.of(1), { signal }),
      () => writer.extend(blobs(1), { signal }),
      () => writer.commit({ signal }),
    ])
      await expect(verb()).rejects.toMatchObject({ code: "NTH_ABORTED" });
    expect(writer.length).toBe(0);
    await writer.close();
  });

  test("that fire while waiting end the wait; the record is published all the same", async () => {
    const store = disk();
    const writer = open(store);
    const abort = new AbortController();
    const options = { signal: abort.signal };
    const waits = [
      writer.append(Uint8Array.of(1), options),
      writer.extend(blobs(2), options),
      writer.commit(options),
    ];
    abort.abort();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "NTH_ABORTED" });
    await writer.close();
    expect(readAll(plain, store)).toEqual([Uint8Array.of(1), ...blobs(2)]);
  });

  test("that never fire change nothing", async () => {
    const store = disk();
    const writer = open(store);
    const options = { signal: new AbortController().signal };
    expect(await writer.append(Uint8Array.of(1), options)).toBe(0);
    expect(await writer.extend(blobs(2, 3), options)).toBe(2);
    await writer.commit(options);
    await writer.close();
    expect(readAll(plain, store)).toHaveLength(3);
  });

  test("end an extend between two values", async () => {
    const writer = open(disk(), { mode: "append", exclusive: true });
    const abort = new AbortController();
    async function* values() {
      yield Uint8Array.of(1);
      abort.abort();
      yield Uint8Array.of(2);
    }
    await expect(writer.extend(values(), { signal: abort.signal })).rejects.toMatchObject({
      code: "NTH_ABORTED",
    });
    expect(writer.length).toBe(0);
    await writer.close();
  });
});

describe("extend", () => {
  const sizes = [9, 10, 11, 12, 3];
  async function* later() {
    yield* blobs(...sizes);
  }
  const sources = {
    "an array": () => blobs(...sizes),
    "an async generator": later,
    "a stream without an iterator": () => {
      const reader = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const each of blobs(...sizes)) controller.enqueue(each);
          controller.close();
        },
      });
      return { getReader: () => reader.getReader() } as unknown as ReadableStream<Uint8Array>;
    },
  };
  const modes: WriterOptions[] = [append, { mode: "append", exclusive: true }, { mode: "write" }];

  test.each(
    Object.entries(sources).flatMap(([name, make]) => modes.map((mode) => ({ name, make, mode }))),
  )("takes $name past the high-water mark, $mode", async ({ make, mode }) => {
    for (const highWaterMark of [4, 15, 1000]) {
      const store = disk();
      const writer = open(store, { ...mode, highWaterMark });
      expect(await writer.extend(make())).toBe(sizes.length);
      expect(writer.length).toBe(sizes.length);
      await writer.close();
      expect(readAll(plain, store)).toEqual(blobs(...sizes));
    }
  });

  test.each(modes)("gathers records over several batches, sync and async, %o", async (mode) => {
    const store = disk();
    const entry = { store, name: NAME };
    const writer = ChunkedWriter.openSync(entry, { ...mode, highWaterMark: 30 });
    writer.extendSync(blobs(...sizes));
    expect(await writer.extend(blobs(...sizes))).toBe(sizes.length);
    writer.closeSync();
    const all = [...blobs(...sizes), ...blobs(...sizes)];
    expect(readAll({ Reader: ChunkedReader, Writer: ChunkedWriter }, store)).toEqual(all);
  });
});

describe("a verb that returns before a commit is through", () => {
  test("is refused while an asynchronous commit waits for the lock", async () => {
    const store = disk();
    const holder = open(store, { mode: "append" });
    const second = open(store, { mode: "append", lockTimeoutMs: 5000 });
    holder.closeSync();
    const lock = open(store, { mode: "append", exclusive: true });
    const waits = second.append(Uint8Array.of(1));
    await Promise.resolve();
    await Promise.resolve();
    for (const verb of [
      () => second.appendSync(Uint8Array.of(2)),
      () => second.extendSync(blobs(1)),
      () => second.commitSync(),
      () => second.closeSync(),
    ])
      expect(verb).toThrow(expect.objectContaining({ code: "NTH_LOCKED" }));
    lock.closeSync();
    expect(await waits).toBe(0);
    await second.close();
  });

  test("gives up with NTH_LOCKED after the time it was given, and its records with it", async () => {
    const store = disk();
    const writer = open(store, { mode: "append", lockTimeoutMs: 0 });
    const lock = open(store, { mode: "append", exclusive: true });
    await expect(writer.append(Uint8Array.of(1))).rejects.toMatchObject({ code: "NTH_LOCKED" });
    expect(() => writer.appendSync(Uint8Array.of(1))).toThrow(
      expect.objectContaining({ code: "NTH_LOCKED" }),
    );
    expect(writer.length).toBe(0);
    lock.closeSync();
    expect(writer.appendSync(Uint8Array.of(3))).toBe(0);
    writer.closeSync();
    expect(readAll(plain, store)).toEqual([Uint8Array.of(3)]);
  });
});

describe("files of another format, and without an index", () => {
  test("the seal of one format refuses the records of another", () => {
    const store = disk();
    const writer = open(store);
    writer.appendSync(Uint8Array.of(1));
    writer.closeSync();
    const before = bytesOf(store, NAME);
    expect(() => openWriter(counted, store, append)).toThrow("holds plain records");
    expect(bytesOf(store, NAME)).toEqual(before);
    open(store).closeSync();
  });

  test.each([append, { mode: "append", exclusive: true }, { mode: "write" }] as WriterOptions[])(
    'index "none" makes no index, also written ahead, to disk, and after an abort, %o',
    async (mode) => {
      const store = disk();
      const options = { ...mode, index: "none", durability: "disk", highWaterMark: 4 } as const;
      const writer = open(store, options);
      await writer.extend(blobs(9, 10, 2));
      await writer.commit();
      await writer.extend(blobs(11));
      await writer.close();
      const gone = open(store, { ...options, mode: "append", exclusive: true });
      await gone.extend(blobs(30));
      await gone.abort();
      expect(readAll(plain, store, { index: "memory" })).toEqual(blobs(9, 10, 2, 11));
      expect(store.listSync().filter((name) => name.endsWith(PlainReader.indexSuffix))).toEqual([]);
    },
  );
});
