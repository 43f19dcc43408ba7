import { once } from "node:events";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Worker } from "node:worker_threads";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ArrayRecordDataSource, ArrayRecordWriter, checkGroupSize } from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { tempFolder } from "./support/temp.ts";

// The cases of the original's array_record_data_source_test, under its names, over files like its digits.

beforeAll(() => ArrayRecordWriter.prepare());

/** As it is published: a worker knows nothing of the tests' sources. */
const BUILT = new URL("../dist/index.js", import.meta.url).href;

const digits = (folder: string): string[] =>
  [0, 1].map((shard) => join(folder, `digits.array_record-0000${shard}-of-00002`));

async function made(options: object = { groupSize: 1 }): Promise<string[]> {
  const files = digits(tempFolder());
  for (const [shard, file] of files.entries()) {
    await using writer = await ArrayRecordWriter.open(file, options);
    await writer.extend([0, 1, 2, 3, 4].map((i) => bytesOf(String(5 * shard + i))));
  }
  return files;
}

const textOf = (record: Uint8Array): number => Number(new TextDecoder().decode(record));
const all = async (source: ArrayRecordDataSource): Promise<number[]> => {
  const found: number[] = [];
  for await (const record of source) found.push(textOf(record));
  return found;
};

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

/** Each case of the original, and the test here that shows the same. */
const MIRRORED: Readonly<Record<string, string>> = {
  test_check_default_group_size: "test_check_default_group_size",
  test_check_valid_group_size: "test_check_valid_group_size, test_check_invalid_group_size",
  test_check_invalid_group_size: "test_check_valid_group_size, test_check_invalid_group_size",
  test_array_record_data_source_len: "test_array_record_data_source_len, _iter",
  test_array_record_data_source_iter: "test_array_record_data_source_len, _iter",
  test_array_record_data_source_single_path: "test_array_record_data_source_single_path",
  test_array_record_data_source_string_read_instructions:
    "test_array_record_data_source_string_read_instructions",
  test_array_record_data_source_reverse_order:
    "test_array_record_data_source_reverse_order, _random_order, _random_order_batched",
  test_array_record_data_source_random_order:
    "test_array_record_data_source_reverse_order, _random_order, _random_order_batched",
  test_array_record_data_source_random_order_batched:
    "test_array_record_data_source_reverse_order, _random_order, _random_order_batched",
  test_array_record_data_source_file_instructions:
    "test_array_record_data_source_file_instructions",
  test_array_record_source_reader_idx_and_position:
    "test_array_record_source_reader_idx_and_position, _negative_idx",
  test_array_record_source_reader_idx_and_position_negative_idx:
    "test_array_record_source_reader_idx_and_position, _negative_idx",
  test_array_record_source_empty_sequence: "test_array_record_source_empty_sequence",
  // The original hashes its paths; here they are what a source describes itself by.
  test_repr: "test_repr",
  // run_in_parallel is what getMany does with the files that it needs, at most maxOpen of them open at once.
  test_the_function_is_executed_with_kwargs: "test_the_function_is_executed_with_kwargs",
  test_exception_is_re_raised: "test_exception_is_re_raised",
  test_num_workers_cannot_be_null_or_negative: "test_num_workers_cannot_be_null_or_negative, %s",
  test_num_workers_is_passed_to_thread_executor: "test_num_workers_is_passed_to_thread_executor",
};

test.each(Object.entries(MIRRORED))("%s is mirrored", (_, title) => {
  const tests = readFileSync(import.meta.filename, "utf8").matchAll(
    /test(?:\.each\(.*?\))?\(\s*"([^"]+)"/g,
  );
  expect([...tests].map(([, name]) => name)).toContain(title);
});

describe("array_record_data_source_test", () => {
  test("test_check_default_group_size", async () => {
    await using source = await ArrayRecordDataSource.open(await made({}));
    expect(await source.get(9)).toEqual(bytesOf("9"));
    expect(warn).not.toHaveBeenCalled();
  });

  test("test_repr", async () => {
    const files = await made();
    const same = files.map((file) => `${file}[0:5]`);
    await using source = await ArrayRecordDataSource.open(files);
    await using part = await ArrayRecordDataSource.open(same);
    expect(source.descriptor).toEqual({ paths: files, readerOptions: {}, maxOpen: undefined });
    expect(part.descriptor.paths).toEqual(same);
  });

  test("test_check_valid_group_size, test_check_invalid_group_size", async () => {
    await using source = await ArrayRecordDataSource.open(await made());
    expect(await source.get(0)).toEqual(bytesOf("0"));
    expect(warn).not.toHaveBeenCalled();
    const files = await made({ groupSize: 5 });
    for (let times = 0; times < 2; times++) {
      await using slow = await ArrayRecordDataSource.open(files[0] as string);
      expect(await slow.get(4)).toEqual(bytesOf("4"));
    }
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/groups of 5 records/);
    const seen: unknown[] = [];
    const onGroupSize = (name: string, size: number): unknown => seen.push([name, size]);
    await using told = await ArrayRecordDataSource.open(files, { onGroupSize });
    expect([told.length, seen.length]).toEqual([10, 2]);
  });

  test("test_array_record_data_source_len, _iter", async () => {
    await using source = await ArrayRecordDataSource.open(await made());
    expect(source.length).toBe(10);
    expect(await all(source)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("test_array_record_data_source_single_path", async () => {
    const [file] = await made();
    await using source = await ArrayRecordDataSource.open(file as string);
    expect(await all(source)).toEqual([0, 1, 2, 3, 4]);
  });

  test("test_array_record_data_source_string_read_instructions", async () => {
    const [a, b] = await made();
    await using source = await ArrayRecordDataSource.open([`${a}[1:3]`, `${b}[0:4]`]);
    expect(await all(source)).toEqual([1, 2, 5, 6, 7, 8]);
  });

  test("test_array_record_data_source_reverse_order, _random_order, _random_order_batched", async () => {
    await using source = await ArrayRecordDataSource.open(await made());
    const backwards: number[] = [];
    for (let i = 9; i >= 0; i--) backwards.push(textOf(await source.get(i)));
    expect(backwards).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect((await source.getMany([3, 7, 3, 0])).map(textOf)).toEqual([3, 7, 3, 0]);
    const sliced = [];
    for await (const record of source.slice(8, 2, -2)) sliced.push(textOf(record));
    expect(sliced).toEqual([8, 6, 4]);
    expect(await source.getMany([])).toEqual([]);
  });

  test("test_array_record_data_source_file_instructions", async () => {
    const [a, b] = (await made()) as [string, string];
    await using source = await ArrayRecordDataSource.open([
      { filename: a, skip: 2, take: 1, examplesInShard: 5 },
      { filename: b, start: 2, numRecords: 3 },
    ]);
    expect(await all(source)).toEqual([2, 7, 8, 9]);
  });

  test("test_array_record_source_reader_idx_and_position, _negative_idx", async () => {
    await using source = await ArrayRecordDataSource.open(await made());
    expect(source.locate(7)).toMatchObject({ shard: 1, index: 2 });
    for (const bad of [-1, 10]) {
      await expect(source.get(bad)).rejects.toThrow(
        expect.objectContaining({ code: "NTH_OUT_OF_RANGE" }),
      );
    }
  });

  test("test_array_record_source_empty_sequence", async () => {
    await expect(ArrayRecordDataSource.open([])).rejects.toThrow("at least one path");
  });
});

describe("RunInParallelTest", () => {
  test("test_the_function_is_executed_with_kwargs", async () => {
    await using source = await ArrayRecordDataSource.open(await made());
    const wanted = [9, 0, 4, 5, 5, 1];
    expect((await source.getMany(wanted)).map(textOf)).toEqual(wanted);
  });

  test("test_exception_is_re_raised", async () => {
    const [a, b] = await made();
    const items = [`${a}[0:5]`, `${b}.missing[0:5]`];
    await using source = await ArrayRecordDataSource.open(items);
    const missing = expect.objectContaining({ code: "NTH_NOT_FOUND" });
    await expect(source.getMany([0, 7])).rejects.toThrow(missing);
    expect((await source.getMany([0, 4])).map(textOf)).toEqual([0, 4]);
  });

  test.each([0, -1, Number.NaN])(
    "test_num_workers_cannot_be_null_or_negative, %s",
    async (maxOpen) => {
      const refused = ArrayRecordDataSource.open(await made(), { maxOpen });
      await expect(refused).rejects.toThrow(
        expect.objectContaining({ message: expect.stringContaining("maxOpen") }),
      );
    },
  );

  test("test_num_workers_is_passed_to_thread_executor", async () => {
    const files = (await made()).flatMap((file) =>
      [0, 1, 2, 3].map((i) => `${file}[${i}:${i + 1}]`),
    );
    await using source = await ArrayRecordDataSource.open(files, { maxOpen: 2 });
    expect(source.descriptor.maxOpen).toBe(2);
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    expect((await source.getMany(all)).map(textOf)).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
  });
});

test("patterns, counts, reader options", async () => {
  const [file] = await made();
  const base = (file as string).replace(/-00000-of-00002$/, "");
  for (const name of [`${base}@2`, `${base}-*`]) {
    const readerOptions = { readahead_buffer_size: "16MB", max_parallelism: "0" };
    await using source = await ArrayRecordDataSource.open(name, { readerOptions });
    expect(source.length).toBe(10);
  }
  const wrong = ArrayRecordDataSource.open(base, { readerOptions: { speed: "high" } });
  await expect(wrong).rejects.toThrow("Unknown option speed");
});

test("a descriptor opens it again, and closing closes", async () => {
  const source = await ArrayRecordDataSource.open(await made(), { maxOpen: 1 });
  const descriptor = structuredClone(source.descriptor);
  await source.close();
  await expect(source.get(0)).rejects.toThrow(expect.objectContaining({ code: "NTH_NOT_OPEN" }));
  expect(source.length).toBe(10);
  await using again = await ArrayRecordDataSource.reopen(descriptor);
  expect(await again.get(6)).toEqual(bytesOf("6"));
});

test("a worker thread opens what a descriptor describes", { timeout: 60_000 }, async () => {
  const [a, b] = await made();
  await using source = await ArrayRecordDataSource.open([
    `${a}[1:3]`,
    { filename: b as string, skip: 4 },
  ]);
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.module).then(async ({ ArrayRecordDataSource }) => {
      const source = await ArrayRecordDataSource.reopen(workerData.descriptor);
      const records = await source.getMany([0, 1, 2]);
      await source.close();
      parentPort.postMessage([source.length, ...records.map((each) => Buffer.from(each).toString())]);
    });`,
    {
      eval: true,
      execArgv: [],
      workerData: { module: BUILT, descriptor: source.descriptor },
    },
  );
  const [answer] = await once(worker, "message");
  expect(answer).toEqual([3, "1", "2", "9"]);
  await worker.terminate();
});

test("instructions in every spelling, and what they come to", async () => {
  const [a, b] = (await made()) as [string, string];
  const same = [
    { filename: a, skip: 1, take: 2 },
    { filename: a, start: 1, numRecords: 2 },
    { filename: a, start: 1, num_records: 2, examples_in_shard: 5 },
    { filename: a, skip: 1, start: 1, take: 2, num_records: 2 },
    `${a}[1:3]`,
  ];
  for (const item of same) {
    await using source = await ArrayRecordDataSource.open(item);
    expect(await all(source)).toEqual([1, 2]);
    expect(await source.instructions()).toEqual([{ filename: a, skip: 1, take: 2 }]);
  }
  await using counted = await ArrayRecordDataSource.open(a.replace("00000-of-00002", "*"));
  const parts = await counted.instructions();
  expect(parts.map(({ skip, take }) => [skip, take])).toEqual([
    [0, 5],
    [0, 5],
  ]);
  await using again = await ArrayRecordDataSource.open(parts.reverse());
  expect(again.locate(0).name).toContain(basename(b));
  expect(await all(again)).toEqual([5, 6, 7, 8, 9, 0, 1, 2, 3, 4]);
  for (const item of [
    { filename: a, take: 2, num_records: 3 },
    { filename: a, skip: 0, start: 1 },
  ]) {
    const refused = ArrayRecordDataSource.open(item);
    await expect(refused).rejects.toThrow(/an instruction says .* which mean the same/);
  }
});

test("what a part of a file means that has fewer records", async () => {
  const [a] = await made();
  const part = `${a}[3:9]`;
  await using there = await ArrayRecordDataSource.open(part, { lengths: "files" });
  expect(await all(there)).toEqual([3, 4]);
  await using again = await ArrayRecordDataSource.reopen(structuredClone(there.descriptor));
  expect(again.length).toBe(2);
});

test("what is no path, and what are no reader options", async () => {
  for (const wrong of [null, undefined, 5, [null], [5]]) {
    const refused = ArrayRecordDataSource.open(wrong as never);
    await expect(refused).rejects.toThrow(/^expected /);
  }
  const options = { readerOptions: "max_parallelism:4" as never };
  await expect(ArrayRecordDataSource.open("a", options)).rejects.toThrow(
    "readerOptions is an object",
  );
});

test("checkGroupSize", () => {
  const seen: unknown[] = [];
  const listener = (name: string, size: number): unknown => seen.push([name, size]);
  expect([0, 1, 7].map((groupSize) => checkGroupSize("file", { groupSize }, listener))).toEqual([
    true,
    true,
    false,
  ]);
  expect(seen).toEqual([["file", 7]]);
});
