import type { ByteSource, ReadPlan } from "@nthrec/core";
import { isNthrecError } from "@nthrec/core";
import { copyBytes } from "../bytes/copy-bytes.ts";
import { type ChunkRecords, recordAt } from "../chunk/chunk-records.ts";
import { decodeChunk } from "../chunk/decode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { corrupt } from "../errors.ts";
import { headerBytes, parseChunk, parseHeader, usedBytes } from "../framing/parse-chunk.ts";
import { BLOCK_BYTES } from "../framing/positions.ts";
import { type Footer, parseFooter, parsePostscript } from "./footer.ts";

/** Read first where a chunk's length is not known: most footers are shorter. */
const GUESS_BYTES = 1024 * 1024;

/**
 * Reads the footer of a file: the last 64 KiB, then the footer chunk.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION` or `NTH_TRUNCATED` when the file has none that is sound
 */
export function* readFooter(source: ByteSource, codecs: Codecs): ReadPlan<Footer> {
  const end = source.size - BLOCK_BYTES;
  if (end < 0) throw corrupt("an ArrayRecord file should be at least 64KB big");
  const tail = yield { start: end, end: source.size };
  const postscript = decodeChunk(parseChunk(tail, end, source.size), codecs);
  if (postscript.ends.length === 0) throw corrupt("the postscript holds no records");
  const begin = parsePostscript(recordAt(postscript, 0));
  if (begin + headerBytes(begin) > end) throw corrupt(`there is no footer at byte ${begin}`);
  return parseFooter(yield* readChunk(begin, end, codecs), begin);
}

/** Reads and decodes the chunk at `begin`, which must end before `limit`. */
export function* readChunk(begin: number, limit: number, codecs: Codecs): ReadPlan<ChunkRecords> {
  let bytes = yield { start: begin, end: Math.min(limit, begin + GUESS_BYTES) };
  const used = usedBytes(parseHeader(bytes, begin, limit));
  if (used > bytes.length) bytes = yield { start: begin, end: begin + used };
  const { bytes: run, ends } = decodeChunk(parseChunk(bytes, begin, limit), codecs);
  // What was read is borrowed.
  return { bytes: run.buffer === bytes.buffer ? copyBytes(run) : run, ends };
}

/** {@link readFooter}, or why there is none. */
export function* tryFooter(source: ByteSource, codecs: Codecs): ReadPlan<Footer | Error> {
  try {
    return yield* readFooter(source, codecs);
  } catch (error) {
    if (isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) return error;
    throw error;
  }
}
