import { hashMatches } from "../highwayhash/highwayhash.ts";
import { type BlockHeader, readBlockHeader } from "./block-header.ts";
import { lieOf } from "./block-header-lie.ts";
import { type ChunkHeader, ChunkType, readChunkHeader } from "./chunk-header.ts";
import { DamagedChunk, find, have } from "./damaged-chunk.ts";
import {
  BLOCK_BYTES,
  BLOCK_HEADER_BYTES,
  CHUNK_HEADER_BYTES,
  chunkEnd,
  isChunkBoundary,
  withHeaders,
} from "./positions.ts";

/** A chunk's header, and where the chunk lies. */
export interface FramedHeader extends ChunkHeader {
  readonly begin: number;
  /** Where the next chunk begins. */
  readonly end: number;
}

/** A whole chunk. */
export interface Chunk extends FramedHeader {
  /** Its data without block headers: a view where none falls inside. */
  readonly data: Uint8Array;
}

/** Gives memory of some size; what it holds before does not matter. */
export type MemoryFor = (size: number) => Uint8Array;

/** Bytes that the header of a chunk at `begin` takes, with the block headers in it. */
export function headerBytes(begin: number): number {
  return withHeaders(begin, CHUNK_HEADER_BYTES) - begin;
}

/** Bytes from `begin` to where the data of the chunk end, without its padding. */
export function usedBytes({ begin, dataSize }: FramedHeader): number {
  return withHeaders(begin, CHUNK_HEADER_BYTES + dataSize) - begin;
}

/**
 * Reads the header of the chunk at `begin` (formats/arrayrecord.md 2.7, steps 1 to 4).
 *
 * @param bytes The file from `begin` on.
 * @param limit Where the chunk must have ended: the end of the file.
 * @throws {@link DamagedChunk} `NTH_CORRUPTION`, or `NTH_TRUNCATED` when the chunk goes beyond the limit
 */
export function parseHeader(bytes: Uint8Array, begin: number, limit: number): FramedHeader {
  if (!isChunkBoundary(begin))
    throw new DamagedChunk("no chunk can begin there", begin, find(begin));
  const need = headerBytes(begin);
  if (need > bytes.length || begin + need > limit) throw truncated(begin, limit);
  const walk = new Walk(bytes, begin);
  const header = walk.take(CHUNK_HEADER_BYTES);
  const behind = begin + walk.at;
  if (!hashMatches(header, 0, header, 8, CHUNK_HEADER_BYTES)) {
    throw new DamagedChunk("its header does not fit its hash", begin, find(behind));
  }
  const parsed = readChunkHeader(header);
  const end = chunkEnd(begin, parsed.dataSize, parsed.numRecords);
  if (!walk.agrees(end)) {
    throw new DamagedChunk("a block header disagrees about its end", begin, find(behind));
  }
  if (begin === 0 && !isSignature(parsed)) {
    throw new DamagedChunk("the file does not begin with a signature", begin, find(behind));
  }
  if (end > limit) throw truncated(begin, limit);
  return { ...parsed, begin, end };
}

/**
 * Reads the chunk at `begin` and checks every hash in it.
 *
 * @param bytes The file from `begin` on, at least to the end of the chunk's data.
 * @param memoryFor Gives memory for data with block headers between them, if not new one for each chunk.
 * @throws {@link DamagedChunk}
 */
export function parseChunk(
  bytes: Uint8Array,
  begin: number,
  limit: number,
  memoryFor: MemoryFor = newMemory,
): Chunk {
  const plain = parsePlain(bytes, begin, limit);
  if (plain !== undefined) return plain;
  const header = parseHeader(bytes, begin, limit);
  if (usedBytes(header) > bytes.length) throw truncated(begin, begin + bytes.length);
  const walk = new Walk(bytes, begin, header.end);
  const hashes = walk.take(CHUNK_HEADER_BYTES);
  const data = walk.take(header.dataSize, memoryFor);
  if (!hashMatches(hashes, 16, data)) {
    throw new DamagedChunk("its data do not fit their hash", begin, have(header.end));
  }
  return { ...header, data };
}

/**
 * The chunk at `begin` in one look, where no block header falls inside of it and nothing is wrong with it, as with most chunks;
 * else `undefined`.
 */
function parsePlain(bytes: Uint8Array, begin: number, limit: number): Chunk | undefined {
  const offset = begin % BLOCK_BYTES;
  // A beginning inside of a block header is none.
  if (offset <= BLOCK_HEADER_BYTES || bytes.length < CHUNK_HEADER_BYTES) return undefined;
  const { dataSize, type, numRecords, decodedDataSize } = readChunkHeader(bytes);
  const used = CHUNK_HEADER_BYTES + dataSize;
  if (used > bytes.length || offset + used > BLOCK_BYTES) return undefined;
  const end = chunkEnd(begin, dataSize, numRecords);
  if (end > limit || !hashMatches(bytes, 0, bytes, 8, CHUNK_HEADER_BYTES)) return undefined;
  if (!hashMatches(bytes, 16, bytes, CHUNK_HEADER_BYTES, used)) return undefined;
  const data = bytes.subarray(CHUNK_HEADER_BYTES, used);
  return { begin, end, dataSize, type, numRecords, decodedDataSize, data };
}

function newMemory(size: number): Uint8Array {
  return new Uint8Array(size);
}

function isSignature({ type, dataSize, numRecords, decodedDataSize }: ChunkHeader): boolean {
  return type === ChunkType.signature && dataSize + numRecords + decodedDataSize === 0;
}

function truncated(begin: number, limit: number): DamagedChunk {
  const message = `it goes on beyond byte ${limit}, where the file ends`;
  return new DamagedChunk(message, begin, have(Number.POSITIVE_INFINITY), "NTH_TRUNCATED");
}

/** A walk through a chunk's bytes, past block headers that are checked on the way. */
class Walk {
  readonly #bytes: Uint8Array;
  readonly #begin: number;
  /** Where the chunk ends, once it is known. */
  readonly #end: number | undefined;
  #met: { readonly header: BlockHeader; readonly position: number } | undefined;
  /** Bytes passed, block headers included. */
  at = 0;

  constructor(bytes: Uint8Array, begin: number, end?: number) {
    this.#bytes = bytes;
    this.#begin = begin;
    this.#end = end;
  }

  /** The next `length` bytes of the chunk: a view, unless a block header lies between them. */
  take(length: number, memoryFor: MemoryFor = newMemory): Uint8Array {
    if (length > 0) this.#pass();
    const run = this.#run();
    if (length <= run) {
      this.at += length;
      return this.#bytes.subarray(this.at - length, this.at);
    }
    const whole = memoryFor(length);
    for (let filled = 0; filled < length; ) {
      this.#pass();
      const part = Math.min(length - filled, this.#run());
      whole.set(this.#bytes.subarray(this.at, this.at + part), filled);
      filled += part;
      this.at += part;
    }
    return whole;
  }

  /** Whether the block header met last, if any, names `end` as the chunk's. */
  agrees(end: number): boolean {
    return this.#met === undefined || this.#met.position + this.#met.header.next === end;
  }

  /** Bytes up to the next block header. */
  #run(): number {
    return BLOCK_BYTES - ((this.#begin + this.at) % BLOCK_BYTES);
  }

  /** Goes past a block header, if one stands here. */
  #pass(): void {
    const position = this.#begin + this.at;
    if (position % BLOCK_BYTES !== 0) return;
    const header = readBlockHeader(this.#bytes, this.at);
    this.at += BLOCK_HEADER_BYTES;
    const lie = lieOf(header, position, this.#begin, this.#end);
    if (lie !== undefined) {
      const message = `the block header at byte ${position} ${lie.what}`;
      throw new DamagedChunk(message, this.#begin, lie.resume);
    }
    this.#met = { header: header as BlockHeader, position };
  }
}
