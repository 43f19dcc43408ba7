import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ArrayRecordWriter, type ArrayRecordWriterOptions, RiegeliReader } from "../src/index.ts";
import { parseReaderOptions, readerSettings } from "../src/options/reader-settings.ts";
import { resolveSettings } from "../src/options/resolve-settings.ts";
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

describe("every option has a typed field, with the same text and the same message", () => {
  const text = (options: ArrayRecordWriterOptions): string =>
    writerOptionsText(resolveSettings(options));
  test.each<[ArrayRecordWriterOptions, string]>([
    [{ optionString: "default" }, ""],
    [{ groupSize: 7 }, "group_size:7"],
    [{ maxParallelism: 3 }, "max_parallelism:3"],
    [{ maxParallelism: "auto" }, "max_parallelism:auto"],
    [{ saturationDelayMs: 5 }, "saturation_delay_ms:5"],
    [{ transpose: true }, "transpose"],
    [{ transpose: true, transposeBucketSize: 999 }, "transpose,transpose_bucket_size:999"],
    [{ transpose: true, transposeBucketSize: "16MB" }, "transpose,transpose_bucket_size:16M"],
    [{ transpose: true, transposeBucketSize: "auto" }, "transpose,transpose_bucket_size:auto"],
    [{ compression: "none" }, "uncompressed"],
    [{ compression: "brotli" }, "brotli"],
    [{ compression: "brotli", level: 9, windowLog: 18 }, "brotli:9,window_log:18"],
    [{ level: 11 }, "zstd:11"],
    [{ windowLog: "auto" }, "zstd,window_log:auto"],
    [{ compression: "snappy" }, "snappy"],
    [{ padToBlockBoundary: true }, "pad_to_block_boundary:true"],
    [{ groupSize: 2, optionString: "group_size:9,brotli:1" }, "brotli:1,group_size:2"],
  ])("%j", (options, same) => {
    expect(text(options)).toBe(text({ optionString: same }));
  });

  test.each<[ArrayRecordWriterOptions, string]>([
    [{ groupSize: 0 }, "group_size:0"],
    [{ maxParallelism: 0 }, "max_parallelism:0"],
    [{ saturationDelayMs: 0 }, "saturation_delay_ms:0"],
    [{ transpose: "yes" as never }, "transpose:yes"],
    [{ transposeBucketSize: 0 }, "transpose_bucket_size:0"],
    [{ compression: "brotli", level: 12 }, "brotli:12"],
    [{ level: 23 }, "zstd:23"],
    [{ windowLog: 32 }, "window_log:32"],
    [{ compression: "snappy", windowLog: 20 }, "window_log:20,snappy"],
    [{ padToBlockBoundary: 1 as never }, "pad_to_block_boundary:1"],
  ])("%j is refused", (options, same) => {
    const message = thrownBy(() => parseWriterOptions(same)).message;
    expect(thrownBy(() => text(options))).toMatchObject({ code: "NTH_INVALID_VALUE", message });
  });

  test("of readers, too", () => {
    expect(
      readerSettings({
        optionString: "max_parallelism:1",
        maxParallelism: 4,
        readaheadBufferSize: "16MB",
        indexStorageOption: "offloaded",
      }),
    ).toEqual({ maxParallelism: 4, readaheadBufferSize: 2 ** 24, indexStorage: "offloaded" });
    for (const [options, same] of [
      [{ maxParallelism: -1 }, "max_parallelism:-1"],
      [{ readaheadBufferSize: "2G" }, "readahead_buffer_size:2G"],
      [{ indexStorageOption: "disk" as never }, "index_storage_option:disk"],
    ] as const) {
      const { message } = thrownBy(() => parseReaderOptions(same));
      expect(thrownBy(() => readerSettings(options)).message).toBe(message);
    }
    expect(thrownBy(() => readerSettings({ optionString: null as never }))).toBeInstanceOf(
      TypeError,
    );
  });

  test("words of other options, too", () => {
    const wrong = thrownBy(() => new ArrayRecordWriter({ finalize: "never" as never }));
    expect(wrong).toBeInstanceOf(TypeError);
    expect(thrownBy(() => new ArrayRecordWriter({ optionString: 5 as never }))).toBeInstanceOf(
      TypeError,
    );
    const riegeli = thrownBy(() =>
      RiegeliReader.openSync(new Uint8Array(64), { damage: "maybe" as never }),
    );
    expect(riegeli.message).toContain('damage is one of "error", "skip"');
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
