import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { isNthrecError } from "@nthrec/core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defaultCodecs, prepareCodecs } from "../src/codecs/prepared.ts";
import {
  ArrayRecordReader,
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
} from "../src/index.ts";
import { platform as browser } from "../src/platform/browser/index.ts";
import { programOf, WorkerThreads } from "../src/platform/node/worker-threads.ts";
import { answerTo } from "../src/threads/answer-to.ts";
import { tempFolder } from "./support/temp.ts";

// Threads run the built package.

/** Records of every size up to 6,000 bytes, about 700 KB: three jobs. */
const records = Array.from({ length: 300 }, (_, i) =>
  Uint8Array.from({ length: (i * 7919) % 4800 }, (_, j) => ((i * 31 + j * j) >> 3) & 63),
);
/** Messages of one short field each, which can be taken apart. */
const messages = Array.from({ length: 8000 }, (_, i) => {
  const text = new TextEncoder().encode(`record ${i} of what is taken apart ${i % 13}`);
  return Uint8Array.of(0x08, i & 127, 0x12, text.length, ...text);
});

beforeAll(() => prepareCodecs());

/** Compares by bytes: a matcher that looks at each number takes minutes. */
function expectSame(found: readonly Uint8Array[], wanted: readonly (Uint8Array | undefined)[]) {
  expect(found.length).toBe(wanted.length);
  expect(found.findIndex((record, i) => Buffer.compare(record, wanted[i] as Uint8Array))).toBe(-1);
}

const coded = (code: string) => expect.objectContaining({ code });

async function written(
  path: string,
  values: readonly Uint8Array[],
  options: ArrayRecordWriterOptions,
): Promise<Uint8Array> {
  await using writer = await ArrayRecordWriter.open(path, options);
  await writer.extend(values);
  await writer.close();
  return readFileSync(path);
}

const layouts = (["none", "brotli", "zstd", "snappy"] as const).flatMap((compression) =>
  [1, 7, 256].map((groupSize) => ({ compression, groupSize })),
);

describe("a file written with threads is the same", () => {
  let folder = "";
  beforeEach(() => {
    folder = tempFolder();
  });

  test.each(layouts)("$compression, groups of $groupSize", async (layout) => {
    const options = { ...layout, padToBlockBoundary: layout.groupSize === 7 };
    const plain = await written(join(folder, "plain"), records, options);
    const threaded = await written(join(folder, "threaded"), records, { ...options, threads: 2 });
    expect(Buffer.compare(threaded, plain)).toBe(0);
    const reader = await ArrayRecordReader.open(join(folder, "threaded"));
    expectSame([...reader], records);
    await reader.close();
  });

  test.each([
    { compression: "none" },
    { compression: "brotli", level: 2, windowLog: 25 },
    { compression: "zstd", level: -5, transposeBucketSize: 4000 },
    { compression: "snappy" },
  ] as const)("in columns, $compression", async (layout) => {
    const options = { ...layout, groupSize: 100, transpose: true };
    const plain = await written(join(folder, "plain"), messages, options);
    const threaded = await written(join(folder, "threaded"), messages, { ...options, threads: 1 });
    expect(Buffer.compare(threaded, plain)).toBe(0);
  });

  test("by append, un-awaited, from several handles, and after a commit", async () => {
    const paths = [join(folder, "plain"), join(folder, "threaded")];
    for (const [threads, path] of paths.entries()) {
      const writer = await ArrayRecordWriter.open(path, { groupSize: 3, threads });
      const handle = writer.share();
      const indices = records.slice(0, 250).map((record, i) => {
        const answer = (i % 2 === 0 ? writer : handle).append(record);
        expect(writer.length).toBe(i + 1);
        return answer;
      });
      expect(await Promise.all(indices)).toEqual(indices.map((_, i) => i));
      await Promise.all([handle.close(), writer.commit()]);
      expect(await writer.append(records[250] as Uint8Array)).toBe(250);
      expect(await writer.extend(records.slice(251))).toBe(49);
      await writer.close();
      await writer.close();
    }
    const [plain, threaded] = paths.map((path) => readFileSync(path));
    expect(Buffer.compare(threaded as Buffer, plain as Buffer)).toBe(0);
  });

  test("from a stream, and with a record in use again at once", async () => {
    const path = join(folder, "stream");
    const writer = await ArrayRecordWriter.open(path, { groupSize: 5, threads: 2 });
    const one = new Uint8Array(3000);
    async function* stream(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 500; i++) yield one.fill(i);
    }
    expect(await writer.extend(stream())).toBe(500);
    await writer.close();
    const reader = await ArrayRecordReader.open(path);
    expect(Array.from(reader, (record) => record[2999])).toEqual(records500());
    await reader.close();
  });
});

const records500 = (): number[] => Array.from({ length: 500 }, (_, i) => i & 255);

describe("a writer with threads", () => {
  let folder = "";
  beforeEach(() => {
    folder = tempFolder();
  });
  const open = (name: string): Promise<ArrayRecordWriter> =>
    ArrayRecordWriter.open(join(folder, name), { groupSize: 2, threads: 1 });

  test("takes verbs that end in Sync while no thread is at work", async () => {
    const writer = await open("sync");
    const [first, second] = records as [Uint8Array, Uint8Array];
    const soon = writer.append(first);
    expect(writer.appendSync(second)).toBe(1);
    expect(await soon).toBe(0);
    expect(writer.extendSync(records.slice(2, 5))).toBe(3);
    await writer.extend(records.slice(5));
    await writer.commit();
    writer.closeSync();
    const reader = await ArrayRecordReader.open(join(folder, "sync"));
    expectSame([...reader], records);
    await reader.close();
  });

  test("refuses them while threads are at work", async () => {
    const writer = await open("busy");
    const first = records[1] as Uint8Array;
    const all = writer.extend(records);
    for (const verb of [
      () => writer.appendSync(first),
      () => writer.extendSync([first]),
      () => writer.commitSync(),
      () => writer.closeSync(),
    ]) {
      expect(verb).toThrow(coded("NTH_LOCKED"));
    }
    await all;
    await writer.close();
  });

  test("is closed at once when few records were appended", async () => {
    const writer = await open("few");
    void writer.append(Uint8Array.of(7));
    writer.closeSync();
    const reader = await ArrayRecordReader.open(join(folder, "few"));
    expect([...reader]).toEqual([Uint8Array.of(7)]);
    await reader.close();
    await expect(writer.append(Uint8Array.of(7))).rejects.toThrow(coded("NTH_NOT_OPEN"));
  });

  test("refuses what is no record, and an aborted append, without harm", async () => {
    const writer = await open("refused");
    await expect(writer.append("text" as never)).rejects.toThrow(coded("NTH_INVALID_VALUE"));
    const aborted = writer.append(Uint8Array.of(1), { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    await expect(writer.extend([Uint8Array.of(1), 5 as never])).rejects.toThrow(
      coded("NTH_INVALID_VALUE"),
    );
    expect(writer.length).toBe(1);
    await writer.close();
  });

  test("is given up with its threads", async () => {
    const writer = await open("aborted");
    const extended = writer.extend(records);
    await writer.abort();
    await expect(extended).rejects.toSatisfy((error) => isNthrecError(error));
    expect(() => readFileSync(join(folder, "aborted"))).toThrow("ENOENT");
  });
});

describe("a reader with threads", () => {
  let folder = "";
  beforeEach(() => {
    folder = tempFolder();
  });
  let path = "";
  beforeEach(() => {
    path = join(folder, "file");
  });
  const random = records.map((_, i) => (i * 137 + 11) % records.length);

  test.each(layouts)("$compression, groups of $groupSize", async (layout) => {
    await written(path, records, layout);
    const reader = await ArrayRecordReader.open(path, { threads: 2 });
    const all: Uint8Array[] = [];
    for await (const record of reader) all.push(record);
    expectSame(all, records);
    const indices = [...random, 5, 5, 299, 0];
    expectSame(
      await reader.getMany(indices),
      indices.map((i) => records[i]),
    );
    expect(await reader.getMany(new Set([3]))).toEqual([records[3]]);
    expect(await reader.getMany([])).toEqual([]);
    await reader.close();
  });

  test("with a small cache reads the same", async () => {
    await written(path, records, { groupSize: 7 });
    const reader = await ArrayRecordReader.open(path, { threads: 2, cacheBytes: 1 });
    expectSame(
      await reader.getMany(random),
      random.map((i) => records[i]),
    );
    await reader.close();
  });

  test("says of damage what it says without", async () => {
    const bytes = await written(path, records, { groupSize: 7, compression: "none" });
    bytes[150_000] = (bytes[150_000] as number) ^ 1;
    writeFileSync(path, bytes);
    const errors: string[] = [];
    for (const threads of [0, 2]) {
      const reader = await ArrayRecordReader.open(path, { threads });
      await reader.getMany(random).catch((error: Error) => errors.push(error.message));
      await reader.close();
    }
    expect(errors).toHaveLength(2);
    expect(errors[1]).toBe(errors[0]);
  });

  test("stops where it is told, and refuses what is not there", async () => {
    await written(path, records, { groupSize: 7 });
    const reader = await ArrayRecordReader.open(path, { threads: 2 });
    const stopped = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const _ of reader.values({ signal: stopped.signal })) stopped.abort();
    };
    await expect(reading()).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    await expect(reader.getMany([0, 300])).rejects.toThrow(coded("NTH_OUT_OF_RANGE"));
    for await (const _ of reader) break;
    reader.closeSync();
    await expect(reader.getMany([0])).rejects.toThrow(coded("NTH_NOT_OPEN"));
  });

  test("needs to know where chunks lie", async () => {
    await written(path, records, { groupSize: 7 });
    const reader = await ArrayRecordReader.open(path, { threads: 2, offsets: "paged" });
    await expect(reader.getMany([0])).rejects.toThrow(coded("NTH_NOT_SUPPORTED"));
    await reader.close();
  });
});

describe("threads", () => {
  const job = () => ({ bytes: new Uint8Array(50), places: Float64Array.of(64, 0, 50, 1) });
  const program = (text: string): URL => new URL(`data:text/javascript,${text}`);

  test.each([-1, 1.5, Number.NaN])("%d of them are none", (threads) => {
    expect(() => new ArrayRecordWriter({ threads })).toThrow(coded("NTH_INVALID_VALUE"));
  });

  test("have the platform's codecs only, and none in a browser", () => {
    const codecs = { snappy: defaultCodecs.snappy };
    expect(() => new ArrayRecordWriter({ threads: 1, codecs })).toThrow(coded("NTH_NOT_SUPPORTED"));
    expect(() => browser.chunkThreads(1)).toThrow(coded("NTH_NOT_SUPPORTED"));
    expect(() => programOf("no-such-package/package.json")).toThrow(coded("NTH_NOT_SUPPORTED"));
  });

  test.each([
    ["throws", "throw new Error('broken')"],
    ["ends", "process.exit(3)"],
  ])("fail with a code when one %s", async (_, text) => {
    const threads = new WorkerThreads(1, program(text));
    await expect(threads.decode(job())).rejects.toThrow(coded("NTH_IO_ERROR"));
    await expect(threads.decode(job())).rejects.toThrow(coded("NTH_IO_ERROR"));
    await threads.close();
  });

  test("that are closed take nothing, and give up what they had", async () => {
    const idle = "import{parentPort}from'node:worker_threads';parentPort.on('message',(job)=>";
    const threads = new WorkerThreads(2, program(`${idle}job===null&&parentPort.close())`));
    const under = Promise.allSettled([threads.decode(job()), threads.decode(job())]);
    await threads.close();
    expect((await under).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(threads.decode(job())).rejects.toThrow(coded("NTH_NOT_OPEN"));
  });

  test("end by themselves when they are closed, whatever they are at", async () => {
    // Node aborts the process when a thread is terminated in the moment in which zlib makes a stream.
    const codes: Promise<number>[] = [];
    const started = (worker: Worker): void => {
      codes.push(new Promise((resolve) => worker.once("exit", resolve)));
    };
    process.on("worker", started);
    const settings = { compression: "brotli", level: 1, groupSize: 1 } as never;
    const ends = Float64Array.from({ length: 2000 }, (_, i) => 50 * i + 50);
    for (const wait of [0, 1, 5, 20]) {
      const threads = new WorkerThreads(2);
      const encode = () => ({ settings, bytes: new Uint8Array(100_000), ends: ends.slice() });
      const jobs = Promise.allSettled(Array.from({ length: 20 }, () => threads.encode(encode())));
      await setTimeout(wait);
      await threads.close();
      expect((await jobs).at(-1)?.status).toBe("rejected");
    }
    process.off("worker", started);
    expect(await Promise.all(codes)).toEqual(codes.map(() => 0));
    expect(codes.length).toBe(8);
  });

  test("keep the process until they have ended", () => {
    const built = new URL("../dist/platform/node/worker-threads.js", import.meta.url);
    // The answer to a job that was under way comes after `close` was called.
    const text = `
      import { WorkerThreads } from ${JSON.stringify(built.href)};
      const threads = new WorkerThreads(1);
      const settings = { compression: "brotli", level: 9, groupSize: 1 };
      const encode = (count) => {
        const bytes = new Uint8Array(count * 50).map((_, i) => (i * i) >> 3);
        const ends = Float64Array.from({ length: count }, (_, i) => 50 * i + 50);
        return threads.encode({ settings, bytes, ends });
      };
      await encode(1);
      encode(20_000).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5));
      await threads.close();
      console.log("closed");
    `;
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", text]);
    expect([run.status, String(run.stdout)]).toEqual([0, "closed\n"]);
  });

  test("tell an error of a job by its code", async () => {
    const settings = { compression: "zstd", windowLog: 12, groupSize: 1, level: 3 } as never;
    const encode = { settings, bytes: new Uint8Array(9000), ends: Float64Array.of(9000) };
    const codec = {
      compress: () => {
        throw new Error("not today");
      },
      decompress: defaultCodecs.zstd.decompress,
    };
    const codecs = { ...defaultCodecs, zstd: codec };
    expect(answerTo({ id: 4, encode }, codecs)).toEqual({
      answer: { id: 4, failure: { code: undefined, message: "not today" } },
      transfer: [],
    });
    const answering = program(
      "import{parentPort}from'node:worker_threads';" +
        "parentPort.on('message',({id})=>parentPort.postMessage({id,failure:{code:'NTH_INVALID_VALUE',message:'no'}}))",
    );
    const threads = new WorkerThreads(1, answering);
    await expect(threads.encode(encode)).rejects.toThrow(coded("NTH_INVALID_VALUE"));
    await threads.close();
  });
});
