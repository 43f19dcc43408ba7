import type { ByteSource, ReadPlan } from "@nthrec/core";
import { isNthrecError } from "@nthrec/core";
import { copyBytes } from "../bytes/copy-bytes.ts";
import { type ChunkRecords, recordAt } from "../chunk/chunk-records.ts";
import { decodeChunk } from "../chunk/decode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { corrupt } from "../errors.ts";
import {
  type Chunk,
  headerBytes,
  parseChunk,
  parseHeader,
  usedBytes,
} from "../framing/parse-chunk.ts";
import { BLOCK_BYTES } from "../framing/positions.ts";
import { type Footer, parseFooter, parsePostscript } from "./footer.ts";

/** Read at once where a chunk's length is not known: footers of a million chunks are shorter. */
const GUESS_BYTES = 16 * 1024 * 1024;

/** Where the footer chunk of a file begins, and where it ends at the latest. */
export interface FooterPlace {
  readonly begin: number;
  readonly limit: number;
}

/**
 * Finds the footer chunk of a file, by its last 64 KiB.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION` or `NTH_TRUNCATED` when the file does not end in a sound postscript
 */
export function* findFooter(source: ByteSource, codecs: Codecs): ReadPlan<FooterPlace> {
  const end = source.size - BLOCK_BYTES;
  if (end < 0) throw corrupt("an ArrayRecord file should be at least 64KB big");
  const tail = yield { start: end, end: source.size };
  const postscript = decodeChunk(parseChunk(tail, end, source.size), codecs);
  if (postscript.ends.length === 0) throw corrupt("the postscript holds no records");
  const begin = parsePostscript(recordAt(postscript, 0));
  if (begin + headerBytes(begin) > end) throw corrupt(`there is no footer at byte ${begin}`);
  return { begin, limit: end };
}

/**
 * Reads the footer of a file: the last 64 KiB, then the footer chunk.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION` or `NTH_TRUNCATED` when the file has none that is sound
 */
export function* readFooter(source: ByteSource, codecs: Codecs): ReadPlan<Footer> {
  const { begin, limit } = yield* findFooter(source, codecs);
  return parseFooter(yield* readChunk(begin, limit, codecs), begin);
}

/** Reads and decodes the chunk at `begin`, which must end before `limit`. */
export function* readChunk(begin: number, limit: number, codecs: Codecs): ReadPlan<ChunkRecords> {
  const { bytes, chunk } = yield* fetchChunk(begin, limit);
  const { bytes: run, ends } = decodeChunk(chunk, codecs);
  // What was read is borrowed.
  return { bytes: run.buffer === bytes.buffer ? copyBytes(run) : run, ends };
}

/** Reads the chunk at `begin`, which must end before `limit`; it is valid until the next read. */
export function* fetchChunk(
  begin: number,
  limit: number,
): ReadPlan<{ readonly chunk: Chunk; readonly bytes: Uint8Array }> {
  let bytes = yield { start: begin, end: Math.min(limit, begin + GUESS_BYTES) };
  const used = usedBytes(parseHeader(bytes, begin, limit));
  if (used > bytes.length) bytes = yield { start: begin, end: begin + used };
  return { chunk: parseChunk(bytes, begin, limit), bytes };
}

/** What `look` answers, or why the file has no footer. */
export function* orNoFooter<R>(look: ReadPlan<R>): ReadPlan<R | Error> {
  try {
    return yield* look;
  } catch (error) {
    if (isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) return error;
    throw error;
  }
}

/** Footers that were found, by the sources that they were read from. */
const found = new WeakMap<ByteSource, object>();

/** What was read of a footer, or what was found when the source was first read: a writer may have written over it. */
export function asBefore<F extends object>(source: ByteSource, read: F | Error): F | Error {
  const before = found.get(source) as F | undefined;
  if (before !== undefined || read instanceof Error) return before ?? read;
  found.set(source, read);
  return read;
}
