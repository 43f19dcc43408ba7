import { MemorySink, MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ArrayRecordReader,
  type ArrayRecordReaderOptions,
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
} from "../src/index.ts";
import { property } from "./support/seed.ts";

beforeAll(() => ArrayRecordWriter.prepare());

const record = (i: number): Uint8Array => new Uint8Array(i % 50).fill(i);
const range = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, i) => record(from + i));

async function whole(count: number, options: ArrayRecordWriterOptions): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await ArrayRecordWriter.open(sink, { ...options, finalize: undefined });
  await writer.extend(range(0, count));
  await writer.close();
  return sink.toBytes();
}

const read = async (store: MemoryStore, options?: ArrayRecordReaderOptions): Promise<number> => {
  await using reader = await ArrayRecordReader.open({ store, name: "file" }, options);
  const records = [...reader];
  expect(records).toEqual(range(0, records.length));
  return records.length;
};

const bytesIn = (store: MemoryStore): Uint8Array => {
  using source = store.openSync("file");
  return source.readSync(0, source.size).slice();
};

const modes: [string, ArrayRecordWriterOptions][] = [
  ["write", { mode: "write" }],
  ["exclusive", { mode: "append", exclusive: true }],
  ["shared", { mode: "append" }],
];

describe.each(modes)("the footer comes when the writer closes: %s", (_, mode) => {
  const sittings = fc.record({
    groupSize: fc.integer({ min: 1, max: 7 }),
    /** Records of each commit; where a negative one stands, the writer is closed and opened again. */
    commits: fc.array(fc.integer({ min: -3, max: 20 }), { minLength: 1, maxLength: 12 }),
    highWaterMark: fc.constantFrom(64, 400, 1 << 20),
    padToBlockBoundary: fc.boolean(),
    transpose: fc.boolean(),
  });

  test("commits keep everything, and the file is that of one sitting", async () => {
    await fc.assert(
      fc.asyncProperty(sittings, async ({ commits, ...settings }) => {
        const store = new MemoryStore();
        const entry = { store, name: "file" };
        const options = { ...mode, ...settings, compression: "none", finalize: "close" } as const;
        let writer = await ArrayRecordWriter.open(entry, options);
        let count = 0;
        for (const more of commits) {
          if (more < 0) {
            await writer.close();
            if (count > 0) expect(await read(store)).toBe(count);
            writer = await ArrayRecordWriter.open(entry, { ...options, mode: "append" });
            continue;
          }
          await writer.extend(range(count, count + more));
          await writer.commit();
          count += more;
          expect(await read(store, { tail: "ignore" })).toBe(count);
        }
        await writer.close();
        // Who appends nothing to nothing makes no file.
        if (count === 0) return;
        expect(await read(store)).toBe(count);
        const expected = await whole(count, { ...settings, compression: "none" });
        expect(Buffer.compare(bytesIn(store), expected)).toBe(0);
      }),
      { ...property, numRuns: 30 },
    );
  });

  test("until then there is none", async () => {
    const store = new MemoryStore();
    const entry = { store, name: "file" };
    const writer = await ArrayRecordWriter.open(entry, { ...mode, finalize: "close" });
    const options = { tail: "ignore" } as const;
    for (let i = 0; i < 5; i++) {
      await writer.append(record(i));
      await writer.commit();
      // No footer, and not the 128 KiB that one takes.
      expect(store.statSync("file")?.size).toBeLessThan(1000);
      await expect(read(store)).rejects.toMatchObject({ code: "NTH_TRUNCATED" });
    }
    expect(await read(store, options)).toBe(5);
    await writer.close();
    expect(await read(store)).toBe(5);
  });
});

test("the next writer finds all that one committed who did not close", async () => {
  for (const groupSize of [1, 4]) {
    const store = new MemoryStore();
    const entry = { store, name: "file" };
    const options = { mode: "append", exclusive: true, finalize: "close", groupSize } as const;
    const dying = await ArrayRecordWriter.open(entry, options);
    await dying.extend(range(0, 10));
    await dying.commit();
    await dying.extend(range(10, 12));
    await dying.abort();
    expect(await read(store, { tail: "ignore" })).toBe(10);
    // With a footer at every commit, this time.
    const next = await ArrayRecordWriter.open(entry, { mode: "append", groupSize });
    await next.extend(range(10, 14));
    expect(await read(store)).toBe(14);
    await next.close();
  }
});

test("a footer that is there goes with the first commit, and comes back", async () => {
  const store = new MemoryStore();
  const entry = { store, name: "file" };
  const first = await ArrayRecordWriter.open(entry, { mode: "append" });
  await first.extend(range(0, 3));
  const second = await ArrayRecordWriter.open(entry, { mode: "append", finalize: "close" });
  expect(await second.append(record(3))).toBe(3);
  await expect(read(store)).rejects.toMatchObject({ code: "NTH_TRUNCATED" });
  // The other one, who writes footers, makes it whole; and so does closing, once more.
  expect(await first.append(record(4))).toBe(4);
  expect(await read(store)).toBe(5);
  await second.close();
  await first.close();
  expect(await read(store)).toBe(5);
});

test("who follows sees every commit", async () => {
  const store = new MemoryStore();
  const entry = { store, name: "file" };
  const writer = await ArrayRecordWriter.open(entry, { finalize: "close", groupSize: 3 });
  await writer.append(record(0));
  await writer.commit();
  await using reader = await ArrayRecordReader.open(entry, { tail: "ignore" });
  const seen = reader.follow({ from: 0 });
  for (let i = 0; i < 8; i++) {
    expect((await seen.next()).value).toEqual(record(i));
    await writer.append(record(i + 1));
    if (i % 2 === 0) await writer.commit();
    else writer.commitSync();
  }
  await writer.close();
  expect((await seen.next()).value).toEqual(record(8));
  await seen.return();
});

describe("records do not wait in memory for a commit", () => {
  test.each([1, 4])("groups of %i", async (groupSize) => {
    const store = new MemoryStore();
    const entry = { store, name: "file" };
    const options = { groupSize, compression: "none", finalize: "close" } as const;
    const early = { mode: "append", exclusive: true, highWaterMark: 200, ...options } as const;
    const writer = await ArrayRecordWriter.open(entry, early);
    await writer.extend(range(0, 8));
    await writer.commit();
    const before = store.statSync("file")?.size as number;
    await writer.extend(range(8, 88));
    // They are in the file, and do not count yet.
    expect(store.statSync("file")?.size).toBeGreaterThan(before + 1000);
    expect(await read(store, { tail: "ignore" })).toBe(8);
    await writer.commit();
    expect(await read(store, { tail: "ignore" })).toBe(88);
    await writer.extend(range(88, 150));
    await writer.abort();
    expect(await read(store, { tail: "ignore" })).toBe(88);
    const next = await ArrayRecordWriter.open(entry, { ...early, mode: "append" });
    await next.extend(range(88, 100));
    await next.close();
    expect(Buffer.compare(bytesIn(store), await whole(100, options))).toBe(0);
  });

  test("records that another program appends meanwhile end the writer", async () => {
    const store = new MemoryStore();
    const entry = { store, name: "file" };
    const options = { mode: "append", exclusive: true, finalize: "close" } as const;
    const writer = await ArrayRecordWriter.open(entry, options);
    await writer.append(record(0));
    await writer.commit();
    await writer.append(record(1));
    using file = store.editSync("file");
    // The one chunk of records once more, behind the signature.
    file.appendSync(bytesIn(store).slice(64));
    await expect(writer.commit()).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
    await writer.abort();
    await using reader = await ArrayRecordReader.open(entry, { tail: "ignore" });
    expect([...reader]).toEqual([record(0), record(0)]);
  });

  test.each([1, 4])(
    "what is no record, or lies beside, costs none (groups of %i)",
    async (size) => {
      const harms: ((store: MemoryStore) => void)[] = [
        (store) => {
          using file = store.editSync("file");
          file.appendSync(Uint8Array.of(1, 2, 3));
        },
        (store) => store.removeSync("file.seal"),
        (store) => {
          using seal = store.editSync("file.seal");
          seal.truncateSync(100);
        },
      ];
      for (const harm of harms) {
        const store = new MemoryStore();
        const entry = { store, name: "file" };
        const options = { exclusive: true, groupSize: size, finalize: "close" } as const;
        const writer = await ArrayRecordWriter.open(entry, { mode: "append", ...options });
        let count = 0;
        for (const more of [size, 2 * size, 5, 3]) {
          await writer.extend(range(count, count + more));
          count += more;
          if (count > size) harm(store);
          await writer.commit();
          expect(await read(store, { tail: "ignore" })).toBe(count);
        }
        await writer.close();
        expect(await read(store)).toBe(count);
      }
    },
  );
});
