import { putU64, u64At } from "../bytes/u64.ts";
import { hashMatches, putHash } from "../highwayhash/highwayhash.ts";
import { BLOCK_HEADER_BYTES } from "./positions.ts";

/** What stands at every multiple of 64 KiB. */
export interface BlockHeader {
  /** Bytes from the beginning of the chunk that it interrupts. */
  readonly previous: number;
  /** Bytes to the end of that chunk. */
  readonly next: number;
}

/** Reads the block header at `at`; `undefined` when its hash does not fit. */
export function readBlockHeader(bytes: Uint8Array, at: number): BlockHeader | undefined {
  if (!hashMatches(bytes, at, bytes, at + 8, at + BLOCK_HEADER_BYTES)) return undefined;
  return { previous: u64At(bytes, at + 8), next: u64At(bytes, at + 16) };
}

/** Writes a block header at `at`. */
export function putBlockHeader(
  bytes: Uint8Array,
  at: number,
  { previous, next }: BlockHeader,
): void {
  putU64(bytes, at + 8, previous);
  putU64(bytes, at + 16, next);
  putHash(bytes, at, bytes, at + 8, at + BLOCK_HEADER_BYTES);
}
