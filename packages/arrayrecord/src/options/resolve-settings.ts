import { isNthrecError } from "@nthrec/core";
import type { ArrayRecordWriterOptions } from "../records/array-record-options.ts";
import { invalidOptions } from "./option-string.ts";
import { parseWriterOptions, type WriterSettings } from "./writer-settings.ts";

/** What a file that is continued was written with. */
export interface FileSettings {
  readonly writerOptions: string | undefined;
  /** Records in its chunks; 0 when it has none. */
  readonly groupSize: number;
  /** Whether `groupSize` is certain: there is a chunk behind the first. */
  readonly certain: boolean;
}

type TypedOptions = Omit<ArrayRecordWriterOptions, "codecs" | "optionString" | "finalize">;

/**
 * The settings that a writer's options come to.
 *
 * @param file What a file that is continued was written with.
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for options that do not exist, or do not fit the file
 */
export function resolveSettings(
  options: ArrayRecordWriterOptions,
  file?: FileSettings,
): WriterSettings {
  const given = optionText(options);
  if (file === undefined || file.groupSize === 0) return parseWriterOptions(given);
  const before = settingsOf(file.writerOptions);
  const settings = parseWriterOptions(
    before === undefined ? given : joinedText(file.writerOptions ?? "", given),
  );
  // Chunks must be equal: what the file has, it keeps.
  const groupSize = file.certain
    ? file.groupSize
    : Math.max(before?.groupSize ?? settings.groupSize, file.groupSize);
  if (/(?:^|,)group_size:/.test(given) && settings.groupSize !== groupSize) {
    throw invalidOptions(
      `the file has groups of ${groupSize} records, and every group must be of one size: leave the group size away, not ${settings.groupSize}`,
    );
  }
  return { ...settings, groupSize };
}

/** The settings of a file's text; `undefined` when it has none, or none that are known. */
export function settingsOf(text: string | undefined): WriterSettings | undefined {
  if (text === undefined) return undefined;
  try {
    return parseWriterOptions(text);
  } catch (error) {
    if (isNthrecError(error, "NTH_INVALID_VALUE")) return undefined;
    throw error;
  }
}

const FIELDS: readonly (readonly [keyof TypedOptions, string])[] = [
  ["groupSize", "group_size"],
  ["transpose", "transpose"],
  ["transposeBucketSize", "transpose_bucket_size"],
  ["windowLog", "window_log"],
  ["padToBlockBoundary", "pad_to_block_boundary"],
  ["maxParallelism", "max_parallelism"],
  ["saturationDelayMs", "saturation_delay_ms"],
];
const CODECS = ["uncompressed", "brotli", "zstd", "snappy"];
const CODEC_KEYS = [...CODECS, "window_log"];

/** What was given, and of the file's text what that does not name. */
function joinedText(text: string, given: string): string {
  const named = new Set(keysOf(given));
  // The original's word for leaving everything else as it usually is.
  if (named.has("default")) return given;
  if (CODECS.some((key) => named.has(key))) for (const key of CODEC_KEYS) named.add(key);
  const kept = text.split(",").filter((option) => !named.has(keyOf(option)));
  return [...kept, given].join(",");
}

/** Whether options say which codec compresses, so that a file that is continued does not. */
export function namesCodec(options: ArrayRecordWriterOptions): boolean {
  const named = keysOf(optionText(options));
  return named.some((key) => key === "default" || CODECS.includes(key));
}

function keysOf(text: string): string[] {
  return text.split(",").map(keyOf);
}

function keyOf(option: string): string {
  return option.split(":")[0] as string;
}

/** Typed fields as an option string, in front of whose other options they go. */
function optionText(options: ArrayRecordWriterOptions): string {
  const typed = new Map<string, string>();
  for (const [field, key] of FIELDS) {
    const value = options[field];
    if (value !== undefined) typed.set(key, `${key}:${value}`);
  }
  const { compression, level } = options;
  if (compression !== undefined || level !== undefined) {
    const key = compression === "none" ? "uncompressed" : (compression ?? "zstd");
    typed.set(key, level === undefined ? key : `${key}:${level}`);
  }
  const replaced = new Set(typed.keys());
  if (CODECS.some((key) => replaced.has(key))) for (const key of CODECS) replaced.add(key);
  const { optionString = "" } = options;
  if (typeof optionString !== "string") {
    throw new TypeError(`options are a string, not ${optionString}`);
  }
  const rest = optionString
    .split(",")
    .filter((option) => option !== "" && !replaced.has(keyOf(option)));
  return [...rest, ...typed.values()].join(",");
}
