import type { ArrayRecordReaderOptions } from "../records/array-record-options.ts";
import { bytes, constant, integer, readValue, splitOptions, withFields } from "./option-string.ts";

/** What the original's reader options say. */
export interface ReaderSettings {
  /** Bytes read ahead by sequential reading. */
  readonly readaheadBufferSize: number;
  /** Threads that prefetch; `undefined` leaves it to the reader. */
  readonly maxParallelism: number | undefined;
  readonly indexStorage: "in_memory" | "offloaded";
}

const DECLARED = [
  "max_parallelism",
  "readahead_buffer_size",
  "index_storage_option",
  "footer_prefetch_bytes",
];
const GIBIBYTE = 2 ** 30;

/** The settings that a reader's options come to. @throws {@link NthrecError} `NTH_INVALID_VALUE` in the original's words */
export function readerSettings(options: ArrayRecordReaderOptions): ReaderSettings {
  const { optionString = "", readaheadBufferSize, maxParallelism, indexStorageOption } = options;
  const text = withFields(optionString, {
    max_parallelism: maxParallelism,
    readahead_buffer_size: readaheadBufferSize,
    index_storage_option: indexStorageOption,
  });
  return parseReaderOptions(text);
}

/** The settings of a reader's option string. @throws {@link NthrecError} `NTH_INVALID_VALUE` in the original's words */
export function parseReaderOptions(text: string): ReaderSettings {
  const raw = splitOptions(text, DECLARED);
  const number = (key: string, parser: ReturnType<typeof integer>): number | undefined => {
    const value = raw.get(key);
    if (value === undefined) return undefined;
    const found = readValue(key, value, constant("auto", Number.NaN), parser);
    return Number.isNaN(found) ? undefined : found;
  };
  const size = bytes(0, GIBIBYTE, String(GIBIBYTE));
  number("footer_prefetch_bytes", size);
  const storage = raw.get("index_storage_option") ?? "";
  return {
    maxParallelism: number("max_parallelism", integer(0, 2147483647)),
    readaheadBufferSize: number("readahead_buffer_size", size) ?? 0,
    indexStorage: readValue<ReaderSettings["indexStorage"]>(
      "index_storage_option",
      storage,
      constant("", "in_memory"),
      constant("in_memory", "in_memory"),
      constant("offloaded", "offloaded"),
    ),
  };
}
