import { MemorySink, MemoryStore } from "@nthrec/core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ArrayRecordReader,
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
} from "../src/index.ts";
import { fileNamed } from "./support/file-vectors.ts";
import { expectRecords } from "./support/same-records.ts";

beforeAll(() => ArrayRecordWriter.prepare());

const values = Array.from({ length: 25 }, (_, i) => new Uint8Array(i * 40).fill(i));

async function append(
  store: MemoryStore,
  records: readonly Uint8Array[],
  options: ArrayRecordWriterOptions = {},
): Promise<void> {
  const entry = { store, name: "file" };
  await using writer = await ArrayRecordWriter.open(entry, { mode: "append", ...options });
  await writer.extend(records);
}

async function read(store: MemoryStore): Promise<ArrayRecordReader> {
  return await ArrayRecordReader.open({ store, name: "file" } as never);
}

function put(store: MemoryStore, bytes: Uint8Array): void {
  const file = store.editSync("file", { create: true });
  file.truncateSync(0);
  file.writeSync(0, bytes);
  file.closeSync();
}

describe("options", () => {
  test("as an object, as a string, and both", async () => {
    const text = async (options: ArrayRecordWriterOptions): Promise<string | undefined> => {
      const sink = new MemorySink();
      await using writer = await ArrayRecordWriter.open(sink, options);
      await writer.close();
      await using reader = await ArrayRecordReader.open(sink.toBytes());
      return reader.writerOptions;
    };
    const plain = "transpose:false,pad_to_block_boundary:false";
    expect(await text({})).toBe(`group_size:1,${plain},zstd:3,window_log:20,max_parallelism:1`);
    expect(await text({ groupSize: 7, compression: "none" })).toBe(
      `group_size:7,${plain},uncompressed,max_parallelism:1`,
    );
    expect(await text({ level: 5, optionString: "brotli:9,group_size:3" })).toBe(
      `group_size:3,${plain},zstd:5,window_log:20,max_parallelism:1`,
    );
    expect(
      await text({
        transpose: true,
        transposeBucketSize: 9,
        compression: "brotli",
        windowLog: 24,
        padToBlockBoundary: true,
      }),
    ).toBe(
      "group_size:1,transpose:true,pad_to_block_boundary:true,transpose_bucket_size:9,brotli:6,window_log:24,max_parallelism:1",
    );
  });

  test("that do not exist are refused before anything is made", async () => {
    const store = new MemoryStore();
    await expect(append(store, values, { groupSize: 0 })).rejects.toThrow(
      expect.objectContaining({
        code: "NTH_INVALID_VALUE",
        message: expect.stringMatching(/group_size: invalid value: 0/),
      }),
    );
    await expect(append(store, values, { compression: "lzma" as never })).rejects.toThrow("lzma");
    expect(store.statSync("file")).toBeUndefined();
  });
});

describe("appending", () => {
  test("goes on with the group size, the codec and the level of the file", async () => {
    const store = new MemoryStore();
    await append(store, values.slice(0, 4), { optionString: "group_size:3,brotli:2" });
    await append(store, values.slice(4, 5));
    await append(store, values.slice(5));
    await using reader = await read(store);
    expect(reader.writerOptions).toContain("group_size:3,transpose:false");
    expect(reader.writerOptions).toContain("brotli:2");
    expect([reader.groupSize, reader.chunkCount]).toEqual([3, 9]);
    expectRecords([...reader], values);
  });

  test.each<[string, object, string]>([
    ["uncompressed", { groupSize: 3 }, "uncompressed"],
    ["brotli:2,transpose", { padToBlockBoundary: true }, "brotli:2"],
    ["brotli:2", { windowLog: 18 }, "brotli:2,window_log:18"],
    ["brotli:2,window_log:18", { compression: "zstd" }, "zstd:3,window_log:20"],
    ["brotli:2", { optionString: "default" }, "zstd:3"],
  ])("to a file of %s with %j writes %s", async (before, options, after) => {
    const store = new MemoryStore();
    await append(store, values.slice(0, 4), { optionString: `group_size:3,${before}` });
    await append(store, values.slice(4), options);
    await using reader = await read(store);
    expect(reader.writerOptions).toContain(`,${after}`);
    expect(reader.writerOptions).toContain(`transpose:${before.includes("transpose")}`);
    expectRecords([...reader], values);
  });

  test("to a file of one chunk takes the group size of its options", async () => {
    const store = new MemoryStore();
    await append(store, values.slice(0, 2), { groupSize: 4 });
    await append(store, values.slice(2));
    await using reader = await read(store);
    expect(reader.groupSize).toBe(4);
  });

  test("another codec may go on, another group size may not", async () => {
    const store = new MemoryStore();
    await append(store, values.slice(0, 9), { groupSize: 4 });
    await append(store, values.slice(9), { compression: "snappy" });
    await expect(append(store, values, { groupSize: 5 })).rejects.toThrow(/groups of 4 records/);
    await using reader = await read(store);
    expect(reader.writerOptions).toContain("group_size:4");
    expect(reader.writerOptions).toContain("snappy");
    expectRecords([...reader], values);
  });

  test.each([
    "v4_group100_zstd",
    "v4_pool_group7",
    "five_brotli_transpose_pad",
    "empty_snappy",
    "big_uncompressed",
  ])("continues the original's %s", async (name) => {
    const { bytes, values: before } = fileNamed(name);
    const store = new MemoryStore();
    put(store, bytes);
    await append(store, values);
    await using reader = await read(store);
    expectRecords([...reader], [...before, ...values]);
  });

  test("a file without its footer keeps every whole chunk", async () => {
    const { bytes, values: before } = fileNamed("v4_group100_zstd");
    for (const cut of [bytes.length - 1, 65_536, 25_000, 64, 63]) {
      const store = new MemoryStore();
      put(store, bytes.subarray(0, cut));
      await expect(read(store)).rejects.toThrow(expect.objectContaining({ code: "NTH_TRUNCATED" }));
      const kept = await ArrayRecordReader.open({ store, name: "file" } as never, {
        tail: "ignore",
      });
      const count = kept.length;
      expect(count % 100).toBe(0);
      expect(kept.groupSize).toBe(0);
      await kept.close();
      if (cut > 60_000) expect(count).toBe(1000);
      await append(store, values);
      await using reader = await read(store);
      expectRecords([...reader], [...before.slice(0, count), ...values]);
    }
  });

  test("records that take less room together than before leave a gap that is padding", async () => {
    const store = new MemoryStore();
    // A codec that compresses two records better than one.
    const odd = {
      compress: (bytes: Uint8Array) =>
        bytes.length > 600 ? bytes.subarray(0, 3) : Uint8Array.of(...bytes, ...new Uint8Array(500)),
      decompress: (bytes: Uint8Array, size: number) =>
        bytes.length === 3 ? new Uint8Array(size).fill(bytes[0] as number) : bytes.slice(0, size),
    };
    const options = { groupSize: 2, compression: "zstd" as const, codecs: { zstd: odd } };
    const record = new Uint8Array(400).fill(7);
    await append(store, [record], options);
    await append(store, [record], options);
    await append(store, [record], options);
    await using reader = await ArrayRecordReader.open({ store, name: "file" } as never, {
      codecs: { zstd: odd },
    });
    expectRecords([...reader], [record, record, record]);
  });
});

test("a shared writer commits what it gathered from time to time", async () => {
  const store = new MemoryStore();
  const entry = { store, name: "file" };
  const options = { mode: "append", highWaterMark: 5000, groupSize: 3 } as const;
  const writer = await ArrayRecordWriter.open(entry, options);
  const adding = writer.extend(values);
  await adding;
  expect(await writer.append(values[3] as Uint8Array)).toBe(25);
  await writer.close();
  await using reader = await read(store);
  expectRecords([...reader], [...values, values[3] as Uint8Array]);
});

test("a sink is continued", async () => {
  const sink = new MemorySink();
  for (const part of [values.slice(0, 10), values.slice(10)]) {
    await using writer = await ArrayRecordWriter.open(sink, { groupSize: 4, highWaterMark: 2000 });
    await writer.extend(part);
    await writer.commit();
    await writer.extend(part);
    await writer.close();
    await using reader = await ArrayRecordReader.open(sink.toBytes());
    expectRecords([...reader], [...part, ...part]);
  }
});
