import { putU64, u32At, u64At } from "../bytes/u64.ts";
import type { ChunkCounts } from "../chunk/chunk-records.ts";
import { putHash, putHashOfBoth } from "../highwayhash/highwayhash.ts";
import { CHUNK_HEADER_BYTES } from "./positions.ts";

/** The byte that names each kind of chunk (formats/arrayrecord.md 3). */
export const ChunkType = {
  signature: 0x73,
  metadata: 0x6d,
  padding: 0x70,
  simple: 0x72,
  transposed: 0x74,
} as const;

/** What stands before a chunk's data. */
export interface ChunkHeader extends ChunkCounts {
  readonly dataSize: number;
  readonly type: number;
}

/** Reads 40 bytes whose hash has been checked. */
export function readChunkHeader(bytes: Uint8Array, at = 0): ChunkHeader {
  return {
    dataSize: u64At(bytes, at + 8),
    type: bytes[at + 24] as number,
    numRecords: u32At(bytes, at + 25) + (u32At(bytes, at + 28) >>> 8) * 2 ** 32,
    decodedDataSize: u64At(bytes, at + 32),
  };
}

/** Writes the header of a chunk of `head` and `body` into the first 40 of `bytes`. */
export function putChunkHeader(
  bytes: Uint8Array,
  type: number,
  counts: ChunkCounts,
  head: Uint8Array,
  body: Uint8Array,
): void {
  putU64(bytes, 8, head.length + body.length);
  putHashOfBoth(bytes, 16, head, body);
  putU64(bytes, 25, counts.numRecords);
  bytes[24] = type;
  putU64(bytes, 32, counts.decodedDataSize);
  putHash(bytes, 0, bytes, 8, CHUNK_HEADER_BYTES);
}
