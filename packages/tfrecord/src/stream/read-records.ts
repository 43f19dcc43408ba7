import {
  type AbortOptions,
  type ByteSource,
  checkChoice,
  type DataInput,
  isNthrecError,
  NthrecError,
  openSource,
  type SourceOptions,
} from "@nthrec/core";
import { type Compression, compressionOf, TELLING_BYTES } from "../compression/compression.ts";
import { inflated, inflatedSlowly, piecesOf } from "../compression/inflated.ts";
import { damageError } from "../records/damage-error.ts";
import {
  type ChecksumLevel,
  type DamageOptions,
  levelOf,
  skipsDamage,
} from "../records/record-options.ts";
import { FrameSplitter } from "./frame-splitter.ts";

/** How records are read in sequence. */
export interface ReadRecordsOptions extends AbortOptions, DamageOptions {
  /** Whether the file is compressed as a whole. @default "auto": its first bytes tell */
  readonly compression?: "auto" | "none" | Compression | undefined;
  /** @default "payload" */
  readonly checksums?: ChecksumLevel | undefined;
  /** What an end that is no whole record means, or a compressed stream that is cut off. @default "error" */
  readonly tail?: "error" | "ignore" | undefined;
  /** Longest record that is read, bytes. @default 2^30 where the size of the data is not known, else no limit */
  readonly maxRecordBytes?: number | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: SourceOptions["http"];
}

/** What a stream of records is read from: data, or bytes as they come. */
export type RecordStreamInput = DataInput | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

const STREAM_RECORD_BYTES = 2 ** 30;

/**
 * Reads the records of a TFRecord file from its beginning to its end, compressed or not, without an index and with
 * bounded memory. A record is a view of memory that is not used again.
 *
 * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_CORRUPTION`, `NTH_TRUNCATED`, `NTH_IO_ERROR`, `NTH_ABORTED`; the
 * records before the damage come first
 */
export async function* readTFRecords(
  data: RecordStreamInput,
  options: ReadRecordsOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  checkChoice("compression", options.compression, ["auto", "none", "GZIP", "ZLIB"]);
  checkChoice("tail", options.tail, ["error", "ignore"]);
  const bytes = await openBytes(data, options);
  try {
    yield* split(bytes, options);
  } finally {
    await bytes.close();
  }
}

/** Uncompressed bytes in order. */
interface PlainBytes {
  readonly name: string;
  /** How many there are, if that is known; else infinity. */
  readonly size: number;
  readonly pieces: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

async function openBytes(
  data: RecordStreamInput,
  options: ReadRecordsOptions,
): Promise<PlainBytes> {
  if (isStream(data)) return await plainStream(pieces(data), options);
  const { signal, http } = options;
  const source = await openSource(data, { signal, http });
  const close = async (): Promise<void> => {
    if (source !== data) await source.close();
  };
  try {
    return { ...(await plainSource(source, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function plainSource(
  source: ByteSource,
  { compression = "auto", signal }: ReadRecordsOptions,
): Promise<Omit<PlainBytes, "close">> {
  const all = piecesOf(source, signal);
  const found = named(
    compression,
    await source.read(0, Math.min(TELLING_BYTES, source.size), { signal }),
  );
  if (found === undefined) return { ...all, pieces: all.open() };
  return { name: source.name, size: Number.POSITIVE_INFINITY, pieces: inflated(all, found) };
}

async function plainStream(
  stream: AsyncIterator<Uint8Array>,
  { compression = "auto", signal }: ReadRecordsOptions,
): Promise<PlainBytes> {
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < TELLING_BYTES) {
    const next = await stream.next();
    if (next.done) break;
    first.push(next.value);
    size += next.value.length;
  }
  const telling = Uint8Array.from(first.flatMap((piece) => [...piece.subarray(0, TELLING_BYTES)]));
  const rest = resumed(first, stream, signal);
  const found = named(compression, telling);
  return {
    name: "a stream",
    size: Number.POSITIVE_INFINITY,
    pieces: found === undefined ? rest : inflatedSlowly(rest, found, "a stream"),
    close: async () => void (await stream.return?.()),
  };
}

async function* split(
  { name, size, pieces }: PlainBytes,
  options: ReadRecordsOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let index = 0;
  const known = size !== Number.POSITIVE_INFINITY;
  const skip = skipsDamage(options);
  const splitter = new FrameSplitter({
    checksums: levelOf(options.checksums, "payload"),
    skip,
    maxRecordBytes:
      options.maxRecordBytes ?? (known ? Number.MAX_SAFE_INTEGER : STREAM_RECORD_BYTES),
    end: size,
    lost: (loss) => options.onLoss?.(loss),
    refuse: (at, damage, head) => {
      throw damageError({ name, at, damage, head, index });
    },
  });
  const counted = function* (payloads: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const payload of payloads) {
      yield payload;
      index++;
    }
  };
  const ignoring = options.tail === "ignore" || skip;
  try {
    for await (const piece of pieces) yield* counted(splitter.push(piece));
  } catch (error) {
    if (!ignoring || !isNthrecError(error, "NTH_TRUNCATED")) throw error;
  }
  const last = splitter.finish();
  let next = last.next();
  for (; !next.done; next = last.next()) yield* counted([next.value]);
  if (next.value === undefined || ignoring) return;
  const message = `${name} ends inside record ${index} (byte ${next.value}); tail: "ignore" leaves it out`;
  throw new NthrecError("NTH_TRUNCATED", message, { source: name, index, offset: next.value });
}

function named(
  compression: NonNullable<ReadRecordsOptions["compression"]>,
  first: Uint8Array,
): Compression | undefined {
  if (compression === "none") return undefined;
  return compression === "auto" ? compressionOf(first) : compression;
}

function isStream(
  data: RecordStreamInput,
): data is AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> {
  if (typeof data !== "object" || data === null) return false;
  return Symbol.asyncIterator in data || "getReader" in data;
}

function pieces(
  data: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncIterator<Uint8Array> {
  if (Symbol.asyncIterator in data) return data[Symbol.asyncIterator]();
  return drain(data);
}

/** A web stream as an iterator, where the browser does not make it one. */
async function* drain(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

/** What was taken from a stream, and the rest of it. */
async function* resumed(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    if (signal?.aborted) {
      throw new NthrecError("NTH_ABORTED", "the operation was aborted", { cause: signal.reason });
    }
    yield next.value;
  }
}
