import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ArrayRecordWriter, ModuleReader, ModuleWriter } from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { expectRecords } from "./support/same-records.ts";
import { tempFolder } from "./support/temp.ts";

// The cases of the original's array_record_module_test, under its names.

beforeAll(() => ArrayRecordWriter.prepare());

const path = (): string => join(tempFolder(), "test.array_record");
const outOfRange = expect.objectContaining({ code: "NTH_OUT_OF_RANGE" });

function written(records: readonly Uint8Array[], options = ""): string {
  const file = path();
  const writer = new ModuleWriter(file, options);
  for (const record of records) writer.write(record);
  writer.close();
  return file;
}

describe("array_record_module_test", () => {
  test("test_open_and_close", () => {
    const writer = new ModuleWriter(path());
    expect([writer.ok(), writer.isOpen()]).toEqual([true, true]);
    writer.close();
    expect([writer.ok(), writer.isOpen()]).toEqual([false, false]);
    writer.close();
    expect(() => writer.write(bytesOf("late"))).toThrow("Object closed");
  });

  test("test_bad_options", () => {
    expect(() => new ModuleWriter(path(), "blah")).toThrow(/Unknown option blah, valid options/);
    expect(() => new ModuleReader(path(), "blah")).toThrow(/Unknown option blah, valid options/);
  });

  const words = ["abc", "def", "ghi", "kkk", "..."].map(bytesOf);

  test("test_write_read", () => {
    const reader = new ModuleReader(written(words));
    expect(reader.numRecords()).toBe(words.length);
    expectRecords(reader.readAll(), words);
    for (const [i, word] of words.entries()) {
      expect(reader.recordIndex()).toBe(i);
      expect(reader.readRecord()).toEqual(word);
    }
    expect(reader.readRecord()).toBeNull();
    reader.seek(2);
    expect(reader.recordIndex()).toBe(2);
    expect(reader.read()).toEqual(words[2]);
    reader.seek(99);
    expect(reader.recordIndex()).toBe(5);
    reader.seek(-1);
    expect(reader.recordIndex()).toBe(5);
    reader.close();
    expect(() => reader.readAll()).toThrow("Object closed");
  });

  test("test_write_read_non_unicode", () => {
    const record = Uint8Array.of(0xff, 0xfe, 0x80, 0);
    using reader = new ModuleReader(written([record]));
    expect(reader.readRecord()).toEqual(record);
  });

  test("test_write_read_with_file_reader_buffer_size", () => {
    using reader = new ModuleReader(written(words), "readahead_buffer_size:16MB,max_parallelism:4");
    expectRecords(reader.readAll(), words);
  });

  test("test_batch_read", () => {
    using reader = new ModuleReader(written(words, "group_size:2"));
    const indices = [1, 1, 4, 0];
    expectRecords(
      reader.read(indices),
      indices.map((i) => words[i] as Uint8Array),
    );
    expect(reader.read([])).toEqual([]);
    expect(() => reader.read([3, 5])).toThrow("index 5 out of bound 5");
    expect(() => reader.read([-1])).toThrow(TypeError);
    expect(reader.recordIndex()).toBe(0);
  });

  test("test_read_range", () => {
    using reader = new ModuleReader(written(words));
    expectRecords(reader.read(1, 3), words.slice(1, 3));
    expectRecords(reader.read(-4, -1), words.slice(1, 4));
    expect(() => reader.read(0, 6)).toThrow("[0, 6) is of range of [0, 5)");
    expect(() => reader.read(-6, 2)).toThrow(outOfRange);
    expect(() => reader.read(2, 2)).toThrow(outOfRange);
  });

  test("test_writer_options", () => {
    const reader = new ModuleReader(written(words, "group_size:42"));
    const text =
      "group_size:42,transpose:false,pad_to_block_boundary:false,zstd:3,window_log:20,max_parallelism:1";
    expect(reader.writerOptionsString()).toBe(text);
    reader.close();
    expect(reader.writerOptionsString()).toBe(text);
    expect(reader.numRecords()).toBe(0);
  });
});

describe("what fails", () => {
  test("a file that is not there shows in ok, and in what is done next", () => {
    const reader = new ModuleReader(path());
    expect([reader.ok(), reader.isOpen(), reader.numRecords()]).toEqual([false, true, 0]);
    expect(reader.writerOptionsString()).toBeNull();
    expect(() => reader.seek(0)).toThrow(expect.objectContaining({ code: "NTH_NOT_FOUND" }));
    reader.close();
    reader.close();
    expect(reader.isOpen()).toBe(false);
  });

  test("a place that cannot be written shows in ok, and in what is done next", () => {
    const writer = new ModuleWriter(join(path(), "not", "a", "\0"));
    expect(writer.ok()).toBe(false);
    expect(() => writer.write(bytesOf("a"))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^NTH_/) }),
    );
    expect(() => writer.close()).toThrow();
  });

  test("a writer that failed is closed by close, which tells again why", () => {
    const writer = new ModuleWriter(join(path(), "not", "a", "\0"));
    expect(() => writer.close()).toThrow();
    expect([writer.ok(), writer.isOpen()]).toEqual([false, false]);
    expect(() => writer.close()).toThrow();
    expect(() => writer[Symbol.dispose]()).not.toThrow();
  });

  test("a damaged record stops reading in order, and costs no other verb anything", () => {
    const file = written(
      [0, 1, 2, 3].map((i) => bytesOf(`word ${i}`)),
      "uncompressed",
    );
    const bytes = readFileSync(file);
    const at = bytes.indexOf("word 2");
    bytes[at] = (bytes[at] as number) ^ 1;
    using reader = new ModuleReader(bytes);
    const broken = expect.objectContaining({ code: "NTH_CORRUPTION" });
    expect(() => reader.read([2])).toThrow(broken);
    expect(() => reader.readAll()).toThrow(broken);
    expect([reader.ok(), reader.numRecords()]).toEqual([true, 4]);
    expect([reader.read(), reader.readRecord()]).toEqual([bytesOf("word 0"), bytesOf("word 1")]);
    for (let times = 0; times < 2; times++) expect(() => reader.read()).toThrow(broken);
    expect(() => reader.seek(3)).toThrow(broken);
    expect([reader.ok(), reader.numRecords(), reader.isOpen()]).toEqual([false, 0, true]);
    reader.close();
    expect(reader.isOpen()).toBe(false);
  });

  test("numbers that are none, and options that are none", () => {
    using reader = new ModuleReader(written([bytesOf("a")]));
    for (const wrong of [1.5, Number.NaN, "0", undefined]) {
      expect(() => reader.seek(wrong as never)).toThrow(TypeError);
      expect(() => reader.read(0, wrong as never)).toThrow(TypeError);
    }
    expect(() => reader.read(0 as never)).toThrow(TypeError);
    expect(() => new ModuleReader(path(), null as never)).toThrow("options are a string, not null");
    expect(() => new ModuleWriter(path(), 5 as never)).toThrow("options are a string, not 5");
    expect(() => new ModuleReader(path(), "", { endOfFile: "stop" as never })).toThrow(TypeError);
    expect(() => new ModuleReader(path(), "", { maxParallelism: -1 })).toThrow(
      "Option max_parallelism",
    );
  });

  test("the end of the file may be an error", () => {
    using reader = new ModuleReader(written([bytesOf("a")]), "", { endOfFile: "error" });
    reader.readRecord();
    expect(() => reader.readRecord()).toThrow("Out of range of num_records: 1");
  });

  test("only bytes are written", () => {
    const file = path();
    {
      using writer = new ModuleWriter(file);
      expect(() => writer.write("text" as never)).toThrow(TypeError);
      expect(writer.ok()).toBe(true);
    }
    expect(existsSync(file)).toBe(true);
  });
});
