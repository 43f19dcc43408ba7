import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isNthrecError, MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { indexFile, indexOf } from "../../../testing/idv1.ts";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "../src/index.ts";
import { excerpt } from "../src/lines/excerpt.ts";
import { tempFile, tempFolder } from "./support/temp.ts";

// The names of the Python original's own tests, and what they ask for, asked of both line formats where it has both.
// Its modes `w`, `a` and `r` are the writer's two modes and the reader.

const formats = [
  {
    kind: "jsonline",
    file: "data.jsonl",
    Reader: JsonlReader,
    Writer: JsonlWriter,
    values: [{ 1: 2 }, { key: [3, "四"] }, "five", 6],
    bytes: '{"1":2}\n{"key":[3,"四"]}\n"five"\n6\n',
  },
  {
    kind: "txt",
    file: "data.txt",
    Reader: TextReader,
    Writer: TextWriter,
    values: ["one", "zwei drei", "四", ""],
    bytes: "one\nzwei drei\n四\n\n",
  },
] as const;

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isNthrecError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe.each(formats)("$kind", ({ kind, file, values, bytes, ...classes }) => {
  // Both classes take the values of their row; the union of the two would take neither's.
  const Reader = classes.Reader as typeof JsonlReader;
  const Writer = classes.Writer as typeof JsonlWriter;
  const fresh = (): string => join(tempFolder(), file);
  const data = Buffer.from(bytes);
  const expectWritten = (path: string): void => {
    expect(readFileSync(path, "utf8")).toBe(bytes);
    expect(readFileSync(`${path}.idx`)).toStrictEqual(indexOf(data));
  };

  test(`indexed_${kind}_writer`, async () => {
    const path = fresh();
    const writer = await Writer.open(path);
    for (const value of values) await writer.append(value);
    expect(writer.length).toBe(values.length);
    await writer.close();
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_with_context_manager_without_close`, async () => {
    const path = fresh();
    {
      await using writer = await Writer.open(path);
      await writer.extend(values);
    }
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_with_context_manager_auto_close`, async () => {
    const path = fresh();
    const writer = Writer.openSync(path);
    {
      using disposed = writer;
      disposed.extendSync(values);
    }
    expect(writer.closed).toBe(true);
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_with_context_manager_do_close_in_context`, () => {
    const path = fresh();
    {
      using writer = Writer.openSync(path);
      writer.extendSync(values);
      writer.closeSync();
      expect(codeOf(() => writer.appendSync(values[0]))).toBe("NTH_NOT_OPEN");
    }
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_with_context_manager_do_close_after_context`, async () => {
    const path = fresh();
    const writer = await Writer.open(path);
    {
      await using disposed = writer;
      await disposed.extend(values);
    }
    await writer.close();
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_with_context_manager_do_multiple_close`, async () => {
    const path = fresh();
    {
      await using writer = await Writer.open(path);
      await writer.extend(values);
      await writer.close();
      await writer.close();
    }
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_without_context_manager`, () => {
    const path = fresh();
    const writer = Writer.openSync(path);
    for (const [index, value] of values.entries()) expect(writer.appendSync(value)).toBe(index);
    writer.commitSync();
    expectWritten(path);
    writer.closeSync();
    expectWritten(path);
  });

  test(`indexed_${kind}_writer_append_mode`, () => {
    const path = fresh();
    for (const value of values) {
      using writer = Writer.openSync(path, { mode: "append" });
      writer.appendSync(value);
    }
    expectWritten(path);
  });

  test(`indexed_${kind}_s3_write`, async () => {
    // A store of one's own stands where the original has S3.
    const store = new MemoryStore();
    {
      await using writer = await Writer.open({ store, name: file });
      await writer.extend(values);
    }
    const source = store.openSync(file);
    expect(Buffer.from(source.readSync(0, source.size)).toString()).toBe(bytes);
    const index = store.openSync(`${file}.idx`);
    expect(Buffer.from(index.readSync(0, index.size))).toStrictEqual(indexOf(data));
    await using reader = await Reader.open({ store, name: file });
    expect(await reader.getMany([3, 0])).toStrictEqual([values[3], values[0]]);
  });

  test(`indexed_${kind}_reader_without_index`, () => {
    const path = tempFile(data, file);
    using reader = Reader.openSync(path, { index: "memory" });
    expect([...reader]).toStrictEqual(values);
    expect(reader.length).toBe(values.length);
    expect(existsSync(`${path}.idx`)).toBe(false);
  });

  test(`indexed_${kind}_reader_read_by_slice`, async () => {
    using reader = Reader.openSync(data);
    expect([...reader.slice(1, 3)]).toStrictEqual(values.slice(1, 3));
    expect([...reader.slice(-2)]).toStrictEqual(values.slice(-2));
    expect([...reader.slice(undefined, undefined, -1)]).toStrictEqual([...values].reverse());
    expect([...reader.slice(0, 99, 2)]).toStrictEqual([values[0], values[2]]);
    expect([...reader.slice(2, 1)]).toStrictEqual([]);
    expect(await reader.slice(1).get(0)).toStrictEqual(values[1]);
  });

  test(`indexed_${kind}_reader_cross_iter`, () => {
    using reader = Reader.openSync(data);
    const first = reader[Symbol.iterator]();
    const second = reader[Symbol.iterator]();
    const seen: unknown[] = [];
    for (const _ of values) seen.push(first.next().value, reader.getSync(3), second.next().value);
    expect(seen).toStrictEqual(values.flatMap((value) => [value, values[3], value]));
  });

  test(`indexed_${kind}_reader_with_index`, () => {
    const path = tempFile(data, file);
    writeFileSync(`${path}.idx`, indexOf(data));
    using reader = Reader.openSync(path, { onStaleIndex: "throw" });
    expect([...reader]).toStrictEqual(values);
    expect(reader.atSync(-1)).toStrictEqual(values[3]);
  });

  test(`indexed_${kind}_reader_with_wrong_index`, () => {
    const wrong: Record<string, Uint8Array> = {
      "too short for a header": Buffer.from("IDV1"),
      "of another size": indexFile(data.length + 1, [0, 1]),
      "another typecode": Buffer.concat([Buffer.from("IDV1I   "), indexOf(data).subarray(8)]),
    };
    for (const [how, index] of Object.entries(wrong)) {
      const path = tempFile(data, file);
      writeFileSync(`${path}.idx`, index);
      using reader = Reader.openSync(path);
      expect([...reader], how).toStrictEqual(values);
      expect(readFileSync(`${path}.idx`), how).toStrictEqual(indexOf(data));
    }
  });

  test(`indexed_${kind}_reader_read_invalid`, async () => {
    const path = tempFile(kind === "txt" ? Uint8Array.of(0xff, 10) : "{\n", file);
    using reader = Reader.openSync(path);
    expect(reader.length).toBe(1);
    expect(codeOf(() => reader.getSync(0))).toBe("NTH_DECODE_ERROR");
    expect(codeOf(() => reader.getSync(1))).toBe("NTH_OUT_OF_RANGE");
    await expect(reader.get(-1)).rejects.toMatchObject({ code: "NTH_OUT_OF_RANGE" });
    await expect(reader.get(0.5)).rejects.toThrow(TypeError);
  });

  test(`indexed_${kind}_reader_with_invalid_indicated_index`, () => {
    const path = tempFile(data, file);
    // A file cannot be a folder, so there can be no index in it.
    const index = join(path, "index");
    using reader = Reader.openSync(path, { index });
    expect([...reader]).toStrictEqual(values);
    expect(existsSync(index)).toBe(false);
  });

  test(`indexed_${kind}_reader_close_after_exit`, async () => {
    const reader = await Reader.open(tempFile(data, file));
    {
      await using disposed = reader;
      expect(await disposed.get(0)).toStrictEqual(values[0]);
    }
    await reader.close();
    await expect(reader.get(0)).rejects.toMatchObject({ code: "NTH_NOT_OPEN" });
  });

  test(`indexed_${kind}_reader_auto_close`, () => {
    const reader = Reader.openSync(tempFile(data, file));
    {
      using disposed = reader;
      expect(disposed.getSync(0)).toStrictEqual(values[0]);
    }
    expect(reader.closed).toBe(true);
    expect(codeOf(() => reader.getSync(0))).toBe("NTH_NOT_OPEN");
  });

  test(`indexed_${kind}_reader_close_before_exit`, () => {
    using reader = Reader.openSync(tempFile(data, file));
    reader.closeSync();
    expect(codeOf(() => reader.length)).toBe("NTH_NOT_OPEN");
  });

  test(`indexed_${kind}_reader_with_multiple_close`, () => {
    const reader = Reader.openSync(tempFile(data, file));
    reader.closeSync();
    reader.closeSync();
    expect(reader.closed).toBe(true);
  });

  test(`indexed_${kind}_open_fix_index`, () => {
    const path = fresh();
    {
      using writer = Writer.openSync(path);
      writer.extendSync(values);
    }
    appendFileSync(path, `${kind === "txt" ? "new" : '"new"'}\n`);
    using reader = Reader.openSync(path);
    expect([...reader]).toStrictEqual([...values, "new"]);
    reader.rebuildIndexSync();
    expect(readFileSync(`${path}.idx`)).toStrictEqual(indexOf(readFileSync(path)));
  });

  test(`indexed_${kind}_open_fix_index_2`, () => {
    const path = fresh();
    {
      using writer = Writer.openSync(path);
      writer.extendSync(values);
    }
    rmSync(`${path}.idx`);
    using reader = Reader.openSync(path);
    expect([...reader]).toStrictEqual(values);
    expectWritten(path);
  });

  test(`indexed_${kind}_open`, () => {
    const path = fresh();
    expect(codeOf(() => Reader.openSync(path))).toBe("NTH_NOT_FOUND");
    expect(() => Writer.openSync(path, { mode: "x" as "write" })).toThrow(TypeError);
    {
      using writer = Writer.openSync(path, { mode: "append" });
      expect(writer.mode).toBe("append");
      writer.extendSync(values.slice(0, 2));
    }
    {
      using writer = Writer.openSync(path, { mode: "append" });
      expect(writer.length).toBe(2);
      writer.extendSync(values.slice(2));
    }
    expectWritten(path);
    {
      using writer = Writer.openSync(path);
      expect(writer.mode).toBe("write");
      writer.appendSync(values[1]);
    }
    using reader = Reader.openSync(path);
    expect([...reader]).toStrictEqual([values[1]]);
    expect(reader.name).toBe(path);
  });

  test(`indexed_${kind}_reader_with_index_build_callback`, () => {
    const path = tempFile(data, file);
    const seen: [string, number][] = [];
    const onIndexRecord = (record: Uint8Array, index: number): void => {
      seen.push([Buffer.from(record).toString(), index]);
    };
    Reader.openSync(path, { onIndexRecord }).closeSync();
    const lines = bytes.split(/(?<=\n)/);
    expect(seen).toStrictEqual(lines.map((line, index) => [line, index]));
    Reader.openSync(path, { onIndexRecord }).closeSync();
    expect(seen).toHaveLength(lines.length);
  });

  test(`indexed_${kind}_reader_batch_get_with_eof`, async () => {
    const path = tempFile(data, file);
    using reader = Reader.openSync(path);
    writeFileSync(path, data.subarray(0, 3));
    // What an open reader promised is gone; it says so, whatever the verb.
    const codes = /^NTH_(SHORT_READ|SOURCE_CHANGED|CORRUPTION|OUT_OF_RANGE)$/;
    expect(codeOf(() => [...reader.slice(1)])).toMatch(codes);
    expect(codeOf(() => reader.getSync(3))).toMatch(codes);
    await expect(reader.getMany([0, 1, 2, 3])).rejects.toMatchObject({
      code: expect.stringMatching(codes),
    });
  });
});

describe("jsonline only", () => {
  test("short_bytes_under_limit", () => {
    expect(excerpt(Buffer.from("abc\n"))).toBe("abc");
  });

  test("short_bytes_exact_limit", () => {
    expect(excerpt(Buffer.from("x".repeat(128)))).toBe("x".repeat(128));
  });

  test("short_bytes_over_limit", () => {
    expect(excerpt(Buffer.from("x".repeat(129)))).toBe(
      `${"x".repeat(128)} ... (129 bytes in total)`,
    );
  });

  test.each([
    [
      "invalid_json_error_message",
      '{"a":\n',
      /^record 1 of .*data\.jsonl \(byte 2\): line 2 is not valid JSON: .*\{"a":$/,
    ],
    [
      "invalid_json_error_with_long_line",
      `${"x".repeat(200)}\n`,
      /the line: x{128} \.\.\. \(200 bytes in total\)$/,
    ],
  ])("%s", (_, line, message) => {
    using reader = JsonlReader.openSync(tempFile(`1\n${line}`));
    expect(() => reader.getSync(1)).toThrow(message);
  });
});

describe("txt only", () => {
  const broken = Uint8Array.of(0x61, 0xff, 0x62, 10);
  test.each([
    ["indexed_txt_reader_with_errors_param", "replace", "a\ufffdb"],
    ["indexed_txt_reader_with_errors_ignore", "ignore", "ab"],
    ["indexed_txt_open_with_errors_param", "replace", "a\ufffdb"],
  ] as const)("%s", async (_, errors, value) => {
    await using reader = await TextReader.open(tempFile(broken, "data.txt"), { errors });
    expect(await reader.get(0)).toBe(value);
  });

  test("indexed_txt_reader_with_errors_strict", () => {
    using reader = TextReader.openSync(tempFile(broken, "data.txt"), { errors: "strict" });
    expect(codeOf(() => reader.getSync(0))).toBe("NTH_DECODE_ERROR");
  });

  test.each(["indexed_txt_reader_get_out_of_data", "indexed_txt_reader_batch_get_out_of_data"])(
    "%s",
    () => {
      // An index with a record behind the end of the data: it is not believed.
      const path = tempFile("a\nb\n", "data.txt");
      writeFileSync(`${path}.idx`, indexFile(4, [0, 2, 4]));
      using reader = TextReader.openSync(path);
      expect([reader.length, reader.getSync(1), ...reader.slice(0)]).toStrictEqual([
        2,
        "b",
        "a",
        "b",
      ]);
    },
  );
});
