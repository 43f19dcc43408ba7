import { platform } from "#platform";
import type { ByteWriter, Patch } from "../bytes/byte-writer.ts";
import type { ByteRange } from "../types.ts";
import type { PendingBatch } from "./pending.ts";
import type { Extent } from "./seal.ts";

const NO_BYTES = new Uint8Array(0);

/** Where the bytes of a batch go, once it is complete. */
export interface WriteSet {
  /** What the format wrote before the batch, the batch's bytes that are not in the file yet, and the trailer. */
  readonly chunks: readonly Uint8Array[];
  /** Where the first of them goes. */
  readonly position: number;
  /** Where the batch's records begin. */
  readonly base: number;
  /** Bytes before `position` that are replaced: published ones, and ones written ahead. */
  readonly published: readonly Patch[];
  readonly written: readonly Patch[];
  /** The state after the batch. */
  readonly next: Extent;
}

/**
 * Composes a batch that the format has completed.
 *
 * @param committed The state before it.
 * @param head What `_resume` wrote; its bytes are in the file already when `headWritten` is set.
 */
export function composeBatch(
  batch: PendingBatch,
  committed: Extent,
  head: ByteWriter | undefined,
  headWritten: boolean,
): WriteSet {
  const { out } = batch;
  const headLength = head?.length ?? 0;
  const base = committed.end + headLength;
  const position = headWritten ? base + batch.ahead : committed.end;
  const pendingFrom = out.position - out.length;
  const bytes = out.view();
  const headBytes = headWritten || head === undefined ? NO_BYTES : head.view();
  const published: Patch[] = [];
  const written: Patch[] = [];
  // What is not in the file yet is patched in memory, so that the checksum of the batch is that of the file.
  for (const patches of [head?.patches ?? [], out.patches]) {
    for (const patch of patches) {
      const { position: at } = patch;
      if (at >= pendingFrom) bytes.set(patch.bytes, at - pendingFrom);
      else if (at >= position) headBytes.set(patch.bytes, at - position);
      else if (at >= committed.end) written.push(patch);
      if (at < committed.end) published.push(patch);
    }
  }
  const trailer = out.trailerBytes ?? NO_BYTES;
  const chunks: Uint8Array[] = [];
  for (const chunk of [headBytes, bytes, trailer]) if (chunk.length > 0) chunks.push(chunk);
  const end = out.position;
  return {
    chunks,
    position,
    base,
    published,
    written,
    next: { size: end + trailer.length, records: committed.records + batch.records, end },
  };
}

/**
 * The bytes that the checksum of a batch covers, in its order.
 *
 * @param images What the batch overwrote.
 */
export function batchRanges(
  committed: Extent,
  next: Extent,
  images: readonly Patch[],
): ByteRange[] {
  const published = images.filter(({ position }) => position < committed.end);
  return [
    { start: committed.end, end: next.size },
    ...published.map(({ position, bytes }) => ({ start: position, end: position + bytes.length })),
  ];
}

/** CRC-32 of several byte sequences, one after another. */
export function crcOfAll(parts: readonly Uint8Array[], seed = 0): number {
  let crc = seed;
  for (const part of parts) crc = platform.crc32(part, crc);
  return crc;
}

/** Few offsets at a time are the rule: memory for them is used again, as a system call makes new memory dear. */
const FEW = new Uint32Array(128);
/** Views of its first bytes, by the number of offsets. */
const FEW_BYTES: Uint8Array[] = [];

/** Absolute offsets as an index holds them. The bytes are valid until the next call. */
export function encodeOffsets(offsets: readonly number[], base: number): Uint8Array {
  const { length } = offsets;
  const words = length * 2 <= FEW.length ? FEW : new Uint32Array(length * 2);
  for (let i = 0; i < length; i++) {
    const offset = base + (offsets[i] as number);
    words[i * 2] = offset;
    words[i * 2 + 1] = offset / 4294967296;
  }
  if (words !== FEW) return new Uint8Array(words.buffer);
  FEW_BYTES[length] ??= new Uint8Array(FEW.buffer, 0, length * 8);
  return FEW_BYTES[length];
}
