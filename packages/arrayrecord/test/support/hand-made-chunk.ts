import { varint } from "./arbitrary-message.ts";

/** A transposed chunk as its parts stand in it, right or wrong; uncompressed. */
export interface HandMadeChunk {
  /** Buffers of each bucket. */
  readonly buckets?: readonly (readonly (readonly number[])[])[];
  /** What the header says instead of what is right. */
  readonly numBuckets?: number;
  readonly numBuffers?: number;
  readonly bufferLengths?: readonly number[];
  readonly numStates?: number;
  readonly ids: readonly number[];
  /** Base of each state; plus the number of states for an implicit one. */
  readonly nexts: readonly number[];
  readonly subtypes?: readonly number[];
  readonly owners?: readonly number[];
  readonly first?: number;
  readonly behindHeader?: readonly number[];
  readonly transitions?: readonly number[];
}

/** The data of such a chunk. */
export function handMade(chunk: HandMadeChunk): Uint8Array {
  const buckets = chunk.buckets ?? [];
  const buffers = buckets.flat();
  const header = [
    chunk.numBuckets ?? buckets.length,
    chunk.numBuffers ?? buffers.length,
    ...buckets.map((bucket) => bucket.flat().length),
    ...(chunk.bufferLengths ?? buffers.map(({ length }) => length)),
    chunk.numStates ?? chunk.ids.length,
    ...chunk.ids,
    ...chunk.nexts,
    ...(chunk.subtypes ?? []),
    ...(chunk.owners ?? []),
    chunk.first ?? 0,
  ].flatMap(varint);
  header.push(...(chunk.behindHeader ?? []));
  return Uint8Array.from([
    0,
    ...varint(header.length),
    ...header,
    ...buffers.flat(),
    ...(chunk.transitions ?? []),
  ]);
}
