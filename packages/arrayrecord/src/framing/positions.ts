/** Bytes between block headers, those included (formats/arrayrecord.md 1). */
export const BLOCK_BYTES = 65536;
export const BLOCK_HEADER_BYTES = 24;
export const CHUNK_HEADER_BYTES = 40;
/** The bytes of the signature with the block header before it: behind them the first chunk begins. */
export const SIGNATURE_BYTES: number = BLOCK_HEADER_BYTES + CHUNK_HEADER_BYTES;
const USABLE_BYTES = BLOCK_BYTES - BLOCK_HEADER_BYTES;
/** A position's bits within its block: a bit operator takes them from any safe integer, and needs no division. */
const WITHIN_BLOCK = BLOCK_BYTES - 1;

/** Bytes from the block boundary at or before `position` to it. */
export function intoBlock(position: number): number {
  return position & WITHIN_BLOCK;
}

/** Bytes from `position` to the next block boundary; 0 on one. */
export function toBoundary(position: number): number {
  return -position & WITHIN_BLOCK;
}

/** Whether a chunk may begin or end at `position`. */
export function isChunkBoundary(position: number): boolean {
  return toBoundary(position) < USABLE_BYTES;
}

/** Where `length` bytes of a chunk end that begin at `begin`, with the block headers between them. */
export function withHeaders(begin: number, length: number): number {
  const past = (begin + USABLE_BYTES - 1) & WITHIN_BLOCK;
  return begin + length + BLOCK_HEADER_BYTES * Math.floor((length + past) / USABLE_BYTES);
}

/** Where a chunk ends: behind its data, and far enough for each record to have a position of its own. */
export function chunkEnd(begin: number, dataSize: number, numRecords: number): number {
  const behind = begin + numRecords;
  const possible = behind + Math.max(0, toBoundary(behind) - (USABLE_BYTES - 1));
  return Math.max(withHeaders(begin, CHUNK_HEADER_BYTES + dataSize), possible);
}
