import type { ReaderOptions, WriterOptions } from "@nthrec/core";
import type { OpenShardsOptions } from "@nthrec/core/shards";
import { UsageError } from "../exit.ts";
import type { CliFormat, LoadedFormat } from "../formats/cli-format.ts";
import type { InputOptions } from "./open-input.ts";

/** What a user may say of any format; the rest is said otherwise on the command line, or is for programs. */
const OF_READERS: readonly (keyof ReaderOptions)[] = [
  "index",
  "io",
  "maxRecordBytes",
  "offsets",
  "onStaleIndex",
  "remoteScan",
  "tail",
];
const OF_SETS: readonly (keyof OpenShardsOptions)[] = ["lengths", "maxOpen", "missing", "split"];
const OF_WRITERS: readonly (keyof WriterOptions)[] = [
  "durability",
  "highWaterMark",
  "index",
  "lock",
  "lockTimeoutMs",
  "tornTail",
];

/** The options of a format's reader, as the command line has them, and as the user wants them. */
export function formatOptions(
  loaded: LoadedFormat,
  options: InputOptions,
): Readonly<Record<string, unknown>> {
  const own = (options.option ?? []).map((text) => optionOf(text));
  return { ...loaded.readerOptions, ...inflateOption(loaded, options), ...Object.fromEntries(own) };
}

/** An option as the user gives it, `name=value`. @throws {@link UsageError} */
function optionOf(text: string, flag = "--option"): [string, unknown] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`${flag} takes name=value, as in tail=ignore, and not ${text}`);
  }
  if (value === "true" || value === "false") return [name, value === "true"];
  return [name, /^\d+$/.test(value) ? Number(value) : value];
}

/** What a file may be inflated to in memory where no place is named, bytes. */
const INFLATED_BYTES = 256 * 2 ** 20;

/** Where a file that is compressed as a whole is inflated to, for formats that have such files. */
function inflateOption(
  { inflates }: LoadedFormat,
  { inflate = "memory" }: InputOptions,
): Readonly<Record<string, unknown>> {
  if (inflates !== true) return {};
  if (inflate === "beside") return { inflate };
  if (inflate === "memory") return { inflate: { memory: { maxBytes: INFLATED_BYTES } } };
  return { inflate: { folder: inflate } };
}

/** Options of an output's writer, as the user gives them. @throws {@link UsageError} also for one that the format lacks */
export function writeOptionsOf(
  format: CliFormat,
  loaded: LoadedFormat,
  texts: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  checkOptions(format, loaded, texts, "writer");
  return Object.fromEntries(texts.map((text) => optionOf(text, FLAG.writer)));
}

const FLAG = { reader: "--option", set: "--option", writer: "--write-option" } as const;

/**
 * Refuses options that nobody would look at. A plugin's format that does not list its own takes any.
 *
 * @throws {@link UsageError}
 */
export function checkOptions(
  { name }: CliFormat,
  { optionNames }: LoadedFormat,
  texts: readonly string[],
  of: keyof typeof FLAG,
): void {
  const flag = FLAG[of];
  const given = texts.map((text) => optionOf(text, flag)[0]);
  if (optionNames === undefined) return;
  const common =
    of === "writer" ? OF_WRITERS : of === "reader" ? OF_READERS : [...OF_SETS, ...OF_READERS];
  const known: readonly string[] = [...optionNames[of === "writer" ? of : "reader"], ...common];
  const unknown = given.find((each) => !known.includes(each));
  if (unknown === undefined) return;
  const whose = `${of === "writer" ? "the writer" : "the reader"} of ${name}`;
  throw new UsageError(
    `${flag} ${unknown}: ${whose} has no such option, but ${[...known].sort().join(", ")}`,
  );
}
