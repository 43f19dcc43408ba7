import type { Compression } from "../codecs/codec.ts";
import {
  bytes,
  constant,
  integer,
  invalidOptions,
  type RawOptions,
  readValue,
  splitOptions,
} from "./option-string.ts";

/** How records are laid out and compressed: what the original's option string says, as an object. */
export interface WriterSettings {
  /** Records in a chunk. */
  readonly groupSize: number;
  /** Whether protocol buffers are taken apart into columns. */
  readonly transpose: boolean;
  /** Bytes of columns that are compressed together. */
  readonly transposeBucketSize: number;
  /** Whether every chunk ends on a multiple of 64 KiB. */
  readonly padToBlockBoundary: boolean;
  readonly compression: Compression;
  readonly level: number | undefined;
  readonly windowLog: number | undefined;
  /** What the footer's text says of it. */
  readonly maxParallelism: number;
}

const INT_MAX = 2147483647;
const TWO_64 = 2 ** 64;
const DECLARED = [
  "default",
  "group_size",
  "max_parallelism",
  "saturation_delay_ms",
  "transpose",
  "transpose_bucket_size",
  "uncompressed",
  "brotli",
  "zstd",
  "snappy",
  "window_log",
  "pad_to_block_boundary",
];
const COMPRESSIONS = ["uncompressed", "brotli", "zstd", "snappy"] as const;
/** The window that zstd gets when nobody names one. */
const ZSTD_WINDOW_LOG = 20;
const BUCKET_SIZE = 256;
const FLAG_VALUES = [constant("true", true), constant("false", false)];

/** The settings of an option string. @throws {@link NthrecError} `NTH_INVALID_VALUE` in the original's words */
export function parseWriterOptions(text: string): WriterSettings {
  const raw = splitOptions(text, DECLARED);
  const count = integer(1, INT_MAX);
  const read = <T>(key: string, use: (value: string) => T, otherwise: T): T => {
    const value = raw.get(key);
    return value === undefined ? otherwise : use(value);
  };
  const groupSize = read("group_size", (value) => readValue("group_size", value, count), 1);
  // These two have no effect here, but their values are checked as the original does.
  read("max_parallelism", (value) => autoOr("max_parallelism", value, count), undefined);
  read("saturation_delay_ms", (value) => readValue("saturation_delay_ms", value, count), 10);
  const bucket = bytes(1, TWO_64, "18446744073709551615");
  return {
    groupSize,
    transpose: read("transpose", (value) => flag("transpose", value, true), false),
    transposeBucketSize:
      read(
        "transpose_bucket_size",
        (value) => autoOr("transpose_bucket_size", value, bucket),
        undefined,
      ) ?? BUCKET_SIZE,
    // A bare key means false since 0.8.4.
    padToBlockBoundary: read(
      "pad_to_block_boundary",
      (value) => flag("pad_to_block_boundary", value, false),
      false,
    ),
    ...compressionOf(raw),
    maxParallelism: 1,
  };
}

/** The text of settings as the original stores it in a file's footer. */
export function writerOptionsText(settings: WriterSettings): string {
  const { groupSize, transpose, transposeBucketSize, padToBlockBoundary, windowLog } = settings;
  return [
    `group_size:${groupSize}`,
    `transpose:${transpose}`,
    `pad_to_block_boundary:${padToBlockBoundary}`,
    ...(transpose ? [`transpose_bucket_size:${sizeText(transposeBucketSize)}`] : []),
    compressionText(settings),
    ...(windowLog === undefined ? [] : [`window_log:${windowLog}`]),
    `max_parallelism:${settings.maxParallelism}`,
  ].join(",");
}

function compressionText({ compression, level }: WriterSettings): string {
  if (compression === "none") return "uncompressed";
  return compression === "snappy" ? "snappy" : `${compression}:${level}`;
}

function sizeText(size: number): string {
  return size >= TWO_64 ? "18446744073709551615" : String(BigInt(size));
}

function flag(key: string, value: string, empty: boolean): boolean {
  return readValue(key, value, constant("", empty), ...FLAG_VALUES);
}

/** The value of `key`, or `undefined` for `auto`. */
function autoOr(
  key: string,
  value: string,
  parser: { readonly valid: string; parse(value: string): number | undefined },
): number | undefined {
  const auto = constant("auto", Number.NaN);
  const found = readValue(key, value, auto, parser);
  return Number.isNaN(found) ? undefined : found;
}

function compressionOf(
  raw: RawOptions,
): Pick<WriterSettings, "compression" | "level" | "windowLog"> {
  const given = [...raw.keys()];
  const kinds = given.filter((key) => (COMPRESSIONS as readonly string[]).includes(key));
  const kind = kinds[0] ?? "zstd";
  const plain = kind === "uncompressed" || kind === "snappy";
  // The second of two that exclude each other is named first.
  const rivals = given.filter((key) => kinds.includes(key) || (plain && key === "window_log"));
  const [first, second] = rivals;
  if (second !== undefined) {
    throw invalidOptions(`Option ${second} conflicts with option ${first}`);
  }
  const level = levelOf(kind, raw.get(kind));
  if (plain)
    return { compression: kind === "snappy" ? "snappy" : "none", level, windowLog: undefined };
  const compression = kind as "brotli" | "zstd";
  const window = integer(10, compression === "zstd" ? 31 : 30);
  const text = raw.get("window_log");
  const windowLog = text === undefined ? undefined : autoOr("window_log", text, window);
  const otherwise = compression === "zstd" ? ZSTD_WINDOW_LOG : undefined;
  return { compression, level, windowLog: windowLog ?? otherwise };
}

function levelOf(kind: string, value: string | undefined): number | undefined {
  if (kind === "uncompressed") {
    if (value !== undefined) readValue(kind, value, constant("", true));
    return undefined;
  }
  const [otherwise, least, most] = LEVELS[kind as keyof typeof LEVELS];
  return readValue(kind, value ?? "", constant("", otherwise), integer(least, most));
}

/** Default, least and largest level. */
const LEVELS = { brotli: [6, 0, 11], zstd: [3, -131072, 22], snappy: [1, 1, 2] } as const;
