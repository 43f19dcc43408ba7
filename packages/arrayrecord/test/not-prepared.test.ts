import { existsSync } from "node:fs";
import { join } from "node:path";
import { MemorySink } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import {
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
  ModuleReader,
  ModuleWriter,
} from "../src/index.ts";
import { bytesOf } from "./support/file-vectors.ts";
import { tempFolder } from "./support/temp.ts";

// Nothing here may load a codec before the last test: they stay loaded.

const path = (): string => join(tempFolder(), "data.array_record");
const notReady = expect.objectContaining({
  code: "NTH_NOT_SUPPORTED",
  message: expect.stringMatching(/codec is not ready: await ArrayRecordWriter\.prepare\(\)/),
});
const stored = { compression: "none" } as const;
const own = { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes };

function plainFile(): string {
  const file = path();
  const writer = ArrayRecordWriter.openSync(file, stored);
  writer.appendSync(bytesOf("a"));
  writer.closeSync();
  return file;
}

describe("a codec that is not prepared is told of when a writer is made, not at its first chunk", () => {
  test.each<ArrayRecordWriterOptions>([
    {},
    { compression: "snappy" },
    { optionString: "group_size:9,zstd:1" },
    { mode: "append", compression: "zstd" },
    { mode: "append", exclusive: true, optionString: "snappy" },
    { mode: "append", level: 9 },
  ])("%j", (options) => {
    const file = path();
    expect(() => ArrayRecordWriter.openSync(file, options)).toThrow(notReady);
    expect(() => new ModuleWriter(file, options.optionString, options)).toThrow(notReady);
    expect(existsSync(file)).toBe(false);
    if (options.mode === undefined) {
      expect(() => ArrayRecordWriter.openSync(new MemorySink(), options)).toThrow(notReady);
    }
  });

  test("also where a file is continued with another codec; it stays as it is, and free", () => {
    const file = plainFile();
    const snappy = { mode: "append", compression: "snappy" } as const;
    expect(() => ArrayRecordWriter.openSync(file, snappy)).toThrow(notReady);
    const writer = ArrayRecordWriter.openSync(file, { mode: "append", lockTimeoutMs: 0 });
    writer.appendSync(bytesOf("b"));
    writer.closeSync();
    using reader = new ModuleReader(file);
    expect(reader.numRecords()).toBe(2);
  });

  test.each<ArrayRecordWriterOptions>([
    stored,
    { compression: "brotli" },
    { optionString: "uncompressed" },
    { codecs: { zstd: own } },
  ])("what needs no preparation writes: %j", ({ optionString, ...options }) => {
    const writer = new ModuleWriter(path(), optionString, options);
    writer.write(bytesOf("a"));
    writer.close();
  });

  test("what counts is the codec that a subclass chooses", () => {
    class Plain extends ArrayRecordWriter {
      constructor(options: ArrayRecordWriterOptions = {}) {
        super({ ...options, ...stored });
      }
    }
    const file = path();
    Plain.openSync(file).closeSync();
    using reader = new ModuleReader(file);
    expect(reader.numRecords()).toBe(0);
    class Compressed extends ArrayRecordWriter {
      constructor(options: ArrayRecordWriterOptions = {}) {
        super({ ...options, compression: "zstd" });
      }
    }
    const other = path();
    expect(() => Compressed.openSync(other, stored)).toThrow(notReady);
    expect(existsSync(other)).toBe(false);
  });

  test("options that do not exist are told of first", () => {
    const wrong = expect.objectContaining({ code: "NTH_INVALID_VALUE" });
    expect(() => ArrayRecordWriter.openSync(path(), { groupSize: 0 })).toThrow(wrong);
  });

  test("where only the file would name it, the first commit tells, and nothing is written", async () => {
    const file = path();
    const open = () => ArrayRecordWriter.openSync(file, { mode: "append" });
    const early = open();
    expect(() => {
      early.appendSync(bytesOf("a"));
      early.commitSync();
    }).toThrow(notReady);
    await early.abort();
    await ArrayRecordWriter.prepare();
    const writer = open();
    writer.appendSync(bytesOf("b"));
    writer.closeSync();
    using reader = new ModuleReader(file);
    expect(reader.readAll()).toEqual([bytesOf("b")]);
  });
});
