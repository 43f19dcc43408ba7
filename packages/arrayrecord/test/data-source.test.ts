import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ArrayRecordDataSource, ArrayRecordWriter } from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { tempFolder } from "./support/temp.ts";

// The cases of the original's array_record_data_source_test, under its names, over files like its digits.

beforeAll(() => ArrayRecordWriter.prepare());

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

describe("array_record_data_source_test", () => {
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
