import { statSync } from "node:fs";
import { join } from "node:path";
import { ArrayRecordReader, ArrayRecordWriter } from "@nthrec/arrayrecord";
import { arrayRecordFile, plainFile, plainRecords } from "../data/array-records.ts";
import { readThrough, writeThrough } from "../floors/plain-file.ts";
import type { BenchCase, Context, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import { ARRAY_RECORD } from "../harness/rival.ts";
import { theirs } from "./arrayrecord-layouts.ts";
import { sizes } from "./arrayrecord-write.ts";

const CHUNKS = 1_000_000;
const MESSAGES = 32_768;
const HASHES = 64 * 1024 * 1024;
const TRANSPOSED = "group_size:256,transpose";

/** The hash as the package has it; it is no part of its public door. */
interface Hash {
  putHash(target: Uint8Array, at: number, bytes: Uint8Array): void;
}

const built = new URL(
  "../../../packages/arrayrecord/dist/highwayhash/highwayhash.js",
  import.meta.url,
);

/** HighwayHash of inputs of one size. */
function hash(kilobytes: number, gigabytes: number): BenchCase {
  return {
    name: `arrayrecord-hash-${kilobytes}k`,
    title: `HighwayHash of ${kilobytes} KB`,
    unit: "ns/record",
    async prepare(): Promise<Prepared> {
      const { putHash } = (await import(built.href)) as Hash;
      const size = kilobytes * 1024;
      const bytes = Uint8Array.from({ length: size }, (_, i) => i);
      const target = new Uint8Array(8);
      const count = HASHES / size;
      const job = (): void => {
        for (let i = 0; i < count; i++) putHash(target, 0, bytes);
      };
      return {
        variants: [{ name: "putHash", role: "ours", round: () => nsPerRecord(count, job) }],
        goals: [{ variant: "putHash", atMost: Math.floor(size / gigabytes) }],
        notes: () => [`the goal is ${gigabytes} GB/s`],
        bytes: size,
        close() {},
      };
    },
  };
}

/** A file of a million chunks. */
function manyChunks({ cache }: Context): Promise<string> {
  return arrayRecordFile(cache, "bytes", CHUNKS, "group_size:1,uncompressed");
}

const opening: BenchCase = {
  name: "arrayrecord-open",
  title: "ArrayRecord: open a million chunks and read one",
  unit: "ms",
  async prepare(context): Promise<Prepared> {
    const path = await manyChunks(context);
    await ArrayRecordReader.prepare();
    const open = (): void => {
      using reader = ArrayRecordReader.openSync(path);
      reader.getSync(CHUNKS >> 1);
    };
    const { variants, close } = theirs(context, 1e6, { job: "build", path });
    return {
      variants: [
        { name: "openSync", role: "ours", round: () => nsPerRecord(1, open) / 1e6 },
        ...variants,
      ],
      goals: [{ variant: "openSync", against: ARRAY_RECORD.name, atLeast: 1 }],
      close,
    };
  },
};

const memory: BenchCase = {
  name: "arrayrecord-memory",
  title: "ArrayRecord: memory per chunk of a million",
  unit: "B/record",
  async prepare(context): Promise<Prepared> {
    const path = await manyChunks(context);
    const round = async (): Promise<number> => {
      const before = used();
      await using reader = await ArrayRecordReader.open(path);
      await reader.get(CHUNKS - 1);
      return (used() - before) / CHUNKS;
    };
    return { variants: [{ name: "open", role: "ours", round }], goals: [], close() {} };
  },
};

function messages({ records }: Context): number {
  return Math.round((MESSAGES * Math.min(records, 1e6)) / 1e6);
}

/** What files of columns take. */
function transposedSize(codec: "zstd" | "brotli" | "snappy" | "uncompressed"): BenchCase {
  const name = `arrayrecord-size-transposed-${codec}`;
  const title = `ArrayRecord, transposed, ${codec}: bytes of a file`;
  return sizes({ name, title }, "examples", messages, `${TRANSPOSED},${codec}`);
}

/** Protocol buffers in columns, uncompressed and not. */
function transposed(codec: "zstd" | "uncompressed", job: "iterate" | "append"): BenchCase {
  const decodes = job === "iterate";
  return {
    name: `arrayrecord-transposed-${decodes ? "decode" : "encode"}-${codec}`,
    title: `ArrayRecord, transposed, ${codec}: ${decodes ? "read" : "write"} Examples`,
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const { cache, scratch } = context;
      const count = messages(context);
      const options = `${TRANSPOSED},${codec}`;
      await ArrayRecordWriter.prepare();
      const path = await arrayRecordFile(cache, "examples", count, options);
      // The file may be there already, and then no writer has been open yet.
      await ArrayRecordWriter.prepare();
      const values = await plainRecords(cache, "examples", count);
      const bytes = values.reduce((sum, { length }) => sum + length, 0) / count;
      const target = join(scratch, "theirs.array_record");
      const source = await plainFile(cache, "examples", count);
      const { variants, close } = theirs(
        context,
        count,
        decodes ? { job, path, records: count } : { job, path: target, source, options },
      );
      const round = decodes
        ? await decoding(path, count)
        : encoding(join(scratch, "ours"), values, options);
      return {
        variants: [
          decodes
            ? floor("readSync", count, () => readThrough(path))
            : floor("writeSync", count, () =>
                writeThrough(join(scratch, "bare"), statSync(path).size),
              ),
          { name: decodes ? "for of" : "extendSync", role: "ours", round },
          ...variants,
        ],
        goals: [],
        notes: () => [
          `${Math.round(bytes)} bytes a record, ${Math.round(statSync(path).size / count)} in the file`,
        ],
        close,
      };
    },
  };
}

function floor(name: string, count: number, job: () => void): Variant {
  return { name, role: "floor", round: () => nsPerRecord(count, job) };
}

async function decoding(path: string, count: number): Promise<() => Promise<number>> {
  return () =>
    nsPerRecordAsync(count, async () => {
      await using reader = await ArrayRecordReader.open(path);
      for (const _ of reader);
    });
}

function encoding(path: string, values: readonly Uint8Array[], optionString: string) {
  return (): number =>
    nsPerRecord(values.length, () => {
      using writer = ArrayRecordWriter.openSync(path, { optionString });
      writer.extendSync(values);
    });
}

function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What the files are made of, measured alone. */
export const arrayRecordParts: readonly BenchCase[] = [
  hash(1, 2.5),
  hash(64, 5),
  opening,
  memory,
  transposed("uncompressed", "iterate"),
  transposed("zstd", "iterate"),
  transposed("uncompressed", "append"),
  transposed("zstd", "append"),
  ...(["zstd", "brotli", "snappy", "uncompressed"] as const).map(transposedSize),
];
