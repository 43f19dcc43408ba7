import { platform } from "#platform";
import { readU32, readU64 } from "../bytes/le.ts";
import { isNthrecError, NthrecError } from "../errors.ts";
import { read, type StepPlan } from "../plan/step.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { CHUNK_BUCKETS, chunkPlace, HEADER_BYTES, type KeyHeader } from "./layout.ts";

/** The error of a part of an index whose bytes are not what was written. */
export function damagedIndex(source: ByteSource, offset: number, what: string): NthrecError {
  return new NthrecError(
    "NTH_INDEX_INVALID",
    `${what} at byte ${offset} of the key index ${source.name} is damaged: rebuild() makes it anew`,
    { source: source.name, offset },
  );
}

/** Reads a piece of the directory: where each of its buckets begins, and where the last of them ends. */
export function* readChunk(
  source: ByteSource,
  header: KeyHeader,
  chunk: number,
): StepPlan<Float64Array> {
  const { start, count } = chunkPlace(header, chunk);
  const bytes = yield* read(source, start, start + (count + 1) * 8 + 4);
  return decodeChunk(bytes, source, header, chunk);
}

function decodeChunk(
  bytes: Uint8Array,
  source: ByteSource,
  header: KeyHeader,
  chunk: number,
): Float64Array {
  const { start, count } = chunkPlace(header, chunk);
  const end = (count + 1) * 8;
  if (platform.crc32(bytes.subarray(0, end)) !== readU32(bytes, end)) {
    throw damagedIndex(source, start, "the directory");
  }
  const positions = new Float64Array(count + 1);
  try {
    for (let i = 0, last = HEADER_BYTES; i <= count; i++) {
      const position = readU64(bytes, i * 8);
      if (position < last || position > header.directory) {
        throw damagedIndex(source, start, "the directory");
      }
      positions[i] = last = position;
    }
  } catch (error) {
    if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
    throw damagedIndex(source, start, "the directory");
  }
  return positions;
}

/** Reads the whole directory. */
export function* readDirectory(source: ByteSource, header: KeyHeader): StepPlan<Float64Array> {
  const positions = new Float64Array(header.buckets + 1);
  let last = HEADER_BYTES;
  for (let chunk = 0; chunk * CHUNK_BUCKETS < header.buckets; chunk++) {
    const part = yield* readChunk(source, header, chunk);
    // Pieces that are sound each can still be of two files.
    if (part[0] !== last) throw damagedIndex(source, header.directory, "the directory");
    last = part[part.length - 1] as number;
    positions.set(part, chunk * CHUNK_BUCKETS);
  }
  if (last !== header.directory) throw damagedIndex(source, header.directory, "the directory");
  return positions;
}

/** Throws unless the bytes of a bucket are those that were written. */
export function checkBucket(bytes: Uint8Array, source: ByteSource, start: number): void {
  const end = bytes.length - 4;
  if (end < 1 || platform.crc32(bytes.subarray(0, end)) !== readU32(bytes, end)) {
    throw damagedIndex(source, start, "a bucket");
  }
}
