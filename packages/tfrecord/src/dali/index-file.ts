import {
  type AbortOptions,
  type ByteSink,
  type DataInput,
  entryOf,
  type IndexProgress,
  isNthrecError,
  isSameEntry,
  NthrecError,
  openSource,
  type SourceOptions,
  type StoreEntry,
} from "@nthrec/core";
import { uniqueName } from "../names.ts";
import type { ChecksumLevel } from "../records/record-options.ts";
import { TFRecordReader } from "../records/tfrecord-reader.ts";
import { formatTFRecordIndex, type TFRecordIndexEntry } from "./index-entry.ts";
import { looksLikeText, type ProblemListener, parseIndex } from "./parse-index.ts";

/** How an index for DALI is made. */
export interface TFRecordIndexOptions extends AbortOptions {
  /** @default "frame", which need not read payloads */
  readonly checksums?: ChecksumLevel | undefined;
  /** Whether an index is made of a file that ends with no whole record, for those before. @default "error" */
  readonly tail?: "error" | "ignore" | undefined;
  /** Whether an index is made of a file with damage in it, for the records around it. @default "error" */
  readonly damage?: "error" | "skip" | undefined;
  /** Called at most four times a second. */
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: SourceOptions["http"];
}

/** How an index is read. */
export interface ReadIndexOptions extends AbortOptions {
  /**
   * Called for what DALI passes over in silence; the entries that it would read are answered then. Without it the first
   * problem is an error.
   */
  readonly onProblem?: ProblemListener | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: SourceOptions["http"];
}

const SUFFIX = ".idx";
/** Lines that are written at once. */
const LINES = 32_768;
/** So much of a file tells whose it is. */
const LOOK_BYTES = 4096;

/**
 * Writes the index that NVIDIA DALI reads, byte for byte as `tfrecord2idx` does for sound files: one line per record with
 * offset and size of its frame. Answers how many records there are. The file is replaced at once, when it is complete.
 *
 * @param index Where it goes; a file there is replaced whatever it is, but for the data. By default `<data>.idx`, which is replaced only
 * if it is such an index
 * @throws {@link NthrecError} what {@link TFRecordReader.open} throws for data that are not sound;
 * `NTH_INDEX_FOREIGN` where `<data>.idx` is another tool's file, `NTH_INVALID_VALUE` where the data lie, `NTH_READONLY`, `NTH_IO_ERROR`
 */
export async function createTFRecordIndex(
  data: DataInput,
  index?: string | URL | StoreEntry | undefined,
  options: TFRecordIndexOptions = {},
): Promise<number> {
  const { store, name } =
    index === undefined ? await ownPlace(data, options) : placeApart(index, data, options);
  const { onProgress, ...rest } = options;
  const quiet = {
    ...rest,
    index: "memory",
    onIndexProgress: onProgress,
    remoteScan: true,
  } as const;
  await using reader = await TFRecordReader.open(data, quiet);
  const temporary = `${name}.tmp-${uniqueName()}`;
  try {
    const sink = await store.create(temporary, { signal: options.signal });
    try {
      await writeLines(sink, entriesOf(reader), options.signal);
      await sink.flush();
    } finally {
      await sink.close();
    }
    await store.rename(temporary, name);
  } catch (error) {
    await store.remove(temporary);
    throw error;
  }
  return reader.length;
}

/**
 * Reads an index of DALI, or what other tools write for it: s3dlio's text and its binary form, and `*.tfindex`. The
 * entries can be given to {@link TFRecordReader} with the option `entries`, in any order and selection.
 *
 * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_INDEX_FOREIGN` for another kind of file, and `NTH_INDEX_INVALID` for
 * what DALI would read as something else, unless `onProblem` hears of it
 */
export async function readTFRecordIndex(
  index: DataInput,
  options: ReadIndexOptions = {},
): Promise<TFRecordIndexEntry[]> {
  const { signal, http } = options;
  const source = await openSource(index, { signal, http });
  try {
    const bytes = await source.read(0, source.size, { signal });
    return parseIndex(bytes, source.name, options.onProblem ?? refuse(source.name));
  } finally {
    if (source !== index) await source.close();
  }
}

/** The entries of a TFRecord file in memory. @throws {@link NthrecError} for what is not sound */
export function getTFRecordIndexEntries(
  data: Uint8Array,
  options: Omit<TFRecordIndexOptions, "signal" | "http" | "onProgress"> = {},
): TFRecordIndexEntry[] {
  using reader = TFRecordReader.openSync(data, options);
  return Array.from({ length: reader.length }, (_, i) => entryAt(reader, i));
}

/** The text of the index of a TFRecord file in memory. @throws {@link NthrecError} for what is not sound */
export function indexTFRecordBytes(
  data: Uint8Array,
  options: Omit<TFRecordIndexOptions, "signal" | "http" | "onProgress"> = {},
): string {
  return formatTFRecordIndex(getTFRecordIndexEntries(data, options));
}

function refuse(name: string): ProblemListener {
  return ({ line, message }) => {
    throw new NthrecError("NTH_INDEX_INVALID", `line ${line} of ${name}: ${message}`, {
      source: name,
    });
  };
}

/** A place that the caller names, and that is not the data's. */
function placeApart(
  index: string | URL | StoreEntry,
  data: DataInput,
  { http }: TFRecordIndexOptions,
): StoreEntry {
  const entry = entryOf(index);
  if (!(isLocation(data) && isSameEntry(entry, entryOf(data, http)))) return entry;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${entry.name} holds the records, so that their index cannot lie there: name another file`,
    { source: entry.name },
  );
}

/** `<data>.idx`, unless another tool's file lies there. */
async function ownPlace(
  data: DataInput,
  { signal, http }: TFRecordIndexOptions,
): Promise<StoreEntry> {
  if (!isLocation(data)) {
    throw new TypeError("data without a name have nothing beside them: say where the index goes");
  }
  const beside = entryOf(data, http);
  const entry = { store: beside.store, name: beside.name + SUFFIX };
  try {
    const source = await entry.store.open(entry.name, { signal });
    const first = await source
      .read(0, Math.min(LOOK_BYTES, source.size))
      .finally(() => source.close());
    if (looksLikeText(first) && /^[0-9 \r\n\t]*$/.test(String.fromCharCode(...first))) return entry;
    throw new NthrecError(
      "NTH_INDEX_FOREIGN",
      `${source.name} is another tool's file and stays as it is: name the index as the second argument`,
      { source: source.name },
    );
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return entry;
    throw error;
  }
}

function isLocation(data: DataInput): data is string | URL | StoreEntry {
  return typeof data === "string" || data instanceof URL || "store" in data;
}

function entryAt(reader: TFRecordReader, index: number): TFRecordIndexEntry {
  const { start, end } = reader.locateSync(index);
  return [start, end - start];
}

async function* entriesOf(reader: TFRecordReader): AsyncGenerator<TFRecordIndexEntry[]> {
  for (let at = 0; at < reader.length; at += LINES) {
    const end = Math.min(at + LINES, reader.length);
    yield Array.from({ length: end - at }, (_, i) => entryAt(reader, at + i));
  }
}

async function writeLines(
  sink: ByteSink,
  batches: AsyncIterable<TFRecordIndexEntry[]>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const encoder = new TextEncoder();
  let at = 0;
  for await (const batch of batches) {
    const bytes = encoder.encode(formatTFRecordIndex(batch));
    await sink.write(at, bytes, { signal });
    at += bytes.length;
  }
}
