import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseReaderOptions } from "../src/options/reader-settings.ts";
import { parseWriterOptions, writerOptionsText } from "../src/options/writer-settings.ts";

interface Row {
  readonly options: string;
  readonly text?: string;
  readonly error?: string;
}
const { writer, reader } = JSON.parse(
  readFileSync(new URL("vectors/arrayrecord/options.json", import.meta.url), "utf8"),
) as { writer: Row[]; reader: Row[] };

/** Sizes as documentation writes them, which the original refuses. */
const lenient = (row: Row): boolean => row.options.includes("16MB");
/** A combination that the original's newest version refuses for the sake of an option that does nothing here. */
const prefetch = (row: Row): boolean => row.error?.startsWith("footer_prefetch") === true;

describe("writer options say what the original says", () => {
  test.each(writer.filter((row) => !lenient(row)))("$options", ({ options, text, error }) => {
    if (error !== undefined) {
      const refusal = expect.objectContaining({ code: "NTH_INVALID_VALUE", message: error });
      expect(() => parseWriterOptions(options)).toThrow(refusal);
      return;
    }
    const settings = parseWriterOptions(options);
    expect(writerOptionsText(settings)).toBe(text);
    expect(parseWriterOptions(text as string)).toEqual({
      ...settings,
      level: settings.compression === "snappy" ? 1 : settings.level,
      transposeBucketSize: settings.transpose ? settings.transposeBucketSize : 256,
    });
  });

  test("sizes may end with B", () => {
    const settings = parseWriterOptions("transpose_bucket_size:16MB");
    expect(settings.transposeBucketSize).toBe(16 * 1024 * 1024);
    expect(parseWriterOptions("transpose_bucket_size:.5KB").transposeBucketSize).toBe(512);
  });
});

describe("reader options say what the original says", () => {
  const rows = reader.filter((row) => !lenient(row) && !prefetch(row));
  test.each(rows)("$options", ({ options, error }) => {
    if (error === undefined) expect(parseReaderOptions(options).readaheadBufferSize % 1).toBe(0);
    else expect(() => parseReaderOptions(options)).toThrow(error);
  });

  test("values", () => {
    const text = "readahead_buffer_size:16MB,max_parallelism:3,index_storage_option:offloaded";
    expect(parseReaderOptions(text)).toEqual({
      readaheadBufferSize: 16 * 1024 * 1024,
      maxParallelism: 3,
      indexStorage: "offloaded",
    });
    expect(parseReaderOptions("readahead_buffer_size:auto,footer_prefetch_bytes:1M")).toEqual({
      readaheadBufferSize: 0,
      maxParallelism: undefined,
      indexStorage: "in_memory",
    });
  });
});
