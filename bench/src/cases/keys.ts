import { existsSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { keyed, keyedSync } from "@nthrec/core/keys";
import {
  decodeExample,
  encodeExample,
  exampleKey,
  TFRecordRandomAccess,
  TFRecordReader,
  TFRecordWriter,
} from "@nthrec/tfrecord";
import { randomIndices } from "../data/random.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import { TFD_UTILS } from "../harness/rival.ts";

const READS = 100_000;

/** An index of 16-byte keys, from the records to the file. */
const keysBuild: BenchCase = {
  name: "keys-build",
  title: "build and publish an index of keys",
  unit: "ns/record",

  async prepare({ records, cache, find }): Promise<Prepared> {
    const path = await examples(cache, records);
    const reader = await TFRecordReader.open(path);
    const key = exampleKey("key");
    const options = { key, name: "key" };
    const sync = keyedSync(reader, options);
    const soon = await keyed(reader, { ...options, indexFile: `${path}.awaited` });
    const theirs = find(TFD_UTILS);
    const variants: Variant[] = [
      {
        name: "a Map of the keys",
        role: "floor",
        round: () =>
          nsPerRecord(records, () => {
            const decoder = new TextDecoder();
            const map = new Map<string, number>();
            let index = 0;
            for (const record of reader)
              map.set(decoder.decode(key(record) as Uint8Array), index++);
          }),
      },
      {
        name: "rebuildSync",
        role: "ours",
        round: () => nsPerRecord(records, () => sync.rebuildSync()),
      },
      {
        name: "await rebuild",
        role: "ours",
        round: () => nsPerRecordAsync(records, () => soon.rebuild()),
      },
    ];
    if (theirs) {
      variants.push({
        name: theirs.name,
        role: "rival",
        round: async () => ((await theirs.seconds({ job: "build", path })) * 1e9) / records,
      });
    }
    return {
      variants,
      goals: [{ variant: "rebuildSync", against: TFD_UTILS.name, atLeast: 10 }],
      async close() {
        theirs?.close();
        sync.closeSync();
        await soon.close();
        await reader.close();
      },
    };
  },
};

/** Examples by key at random: lookup, read, checksum, the features found. */
const keysGet: BenchCase = {
  name: "keys-get",
  title: "random Examples by key",
  unit: "ns/record",

  async prepare({ records, cache, find }): Promise<Prepared> {
    const path = await examples(cache, records);
    const indices = randomIndices(READS, records, 7);
    const keys = Array.from(indices, keyOf);
    const reader = await TFRecordReader.open(path);
    const access = await TFRecordRandomAccess.open(path);
    const index = keyedSync(reader, { key: exampleKey("key"), name: "key", keys: "resident" });
    const paged = keyedSync(reader, { key: exampleKey("key"), name: "key", keys: "paged" });
    const theirs = find(TFD_UTILS);
    const each = (name: string, role: "floor" | "ours", read: (i: number) => unknown): Variant => ({
      name,
      role,
      round: () =>
        nsPerRecord(READS, () => {
          for (let i = 0; i < READS; i++) read(i);
        }),
    });
    const variants: Variant[] = [
      each("by number", "floor", (i) => decodeExample(reader.getSync(indices[i] as number))),
      each("findSync", "ours", (i) => index.findSync(keys[i] as string)),
      each("findSync, paged", "ours", (i) => paged.findSync(keys[i] as string)),
      each("getRecordSync", "ours", (i) => access.getRecordSync(keys[i] as string)),
      {
        name: "await getRecord",
        role: "ours",
        round: () =>
          nsPerRecordAsync(READS, async () => {
            for (const key of keys) await access.getRecord(key);
          }),
      },
      {
        name: "1,000 of getManySync",
        role: "ours",
        round: () =>
          nsPerRecord(READS, () => {
            for (let i = 0; i < READS; i += 1000) {
              for (const record of index.getManySync(keys.slice(i, i + 1000)))
                decodeExample(record);
            }
          }),
      },
    ];
    if (theirs) {
      variants.push({
        name: theirs.name,
        role: "rival",
        round: async () => ((await theirs.seconds({ job: "get", path, keys })) * 1e9) / READS,
      });
    }
    return {
      variants,
      goals: [{ variant: "getRecordSync", against: TFD_UTILS.name, atLeast: 3 }],
      async close() {
        theirs?.close();
        index.closeSync();
        paged.closeSync();
        await access.close();
        await reader.close();
      },
    };
  },
};

/** What 16-byte keys take in memory. */
const keysMemory: BenchCase = {
  name: "keys-memory",
  title: "memory per 16-byte key",
  unit: "B/record",

  async prepare({ records, cache }): Promise<Prepared> {
    const path = await examples(cache, records);
    const reader = await TFRecordReader.open(path);
    const options = { key: exampleKey("key"), name: "key" };
    keyedSync(reader, options).closeSync();
    const onDisk = statSync(`${path}.keys-key`).size / records - keyOf(0).length;
    const round = (keys: "resident" | "paged"): number => {
      const before = used();
      using index = keyedSync(reader, { ...options, keys });
      if (index.findSync(keyOf(records >> 1)) !== records >> 1) throw new Error("a key was missed");
      return (used() - before) / records;
    };
    return {
      variants: [
        { name: "resident", role: "ours", round: () => round("resident") },
        { name: "paged", role: "ours", round: () => round("paged") },
        { name: "on disk, beyond the key", role: "ours", round: () => onDisk },
      ],
      goals: [
        { variant: "resident", atMost: 24 },
        { variant: "on disk, beyond the key", atMost: 16 },
      ],
      close: () => reader.close(),
    };
  },
};

export const keyCases: readonly BenchCase[] = [keysBuild, keysGet, keysMemory];

function keyOf(index: number): string {
  return `key-${String(index).padStart(12, "0")}`;
}

/** A file of small Examples, each with a key of 16 bytes. Made once. */
async function examples(folder: string, records: number): Promise<string> {
  const path = join(folder, `examples-${records}.tfrecord`);
  if (existsSync(path)) return path;
  process.stderr.write(`making ${path}\n`);
  const part = `${path}.part-${process.pid}`;
  const writer = await TFRecordWriter.open(part);
  for (let i = 0; i < records; i++) {
    const image = new Uint8Array(40).fill(i);
    await writer.append(encodeExample({ key: keyOf(i), image, label: { int64s: [i % 10] } }));
  }
  await writer.close();
  renameSync(part, path);
  return path;
}

function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
