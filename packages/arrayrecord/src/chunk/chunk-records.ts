/**
 * The records of a decoded chunk: one run of bytes, and where each record in it ends. Record `i` is
 * `bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i])`.
 */
export interface ChunkRecords {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array | Float64Array;
}

/** What a chunk's header says of its contents. */
export interface ChunkCounts {
  readonly numRecords: number;
  /** Sum of the sizes of the records, bytes. */
  readonly decodedDataSize: number;
}

/** Memory for the ends of `numRecords` records that take `decodedDataSize` bytes. */
export function newEnds({ numRecords, decodedDataSize }: ChunkCounts): Uint32Array | Float64Array {
  return decodedDataSize < 2 ** 32 ? new Uint32Array(numRecords) : new Float64Array(numRecords);
}

/** A view of record `i`. */
export function recordAt({ bytes, ends }: ChunkRecords, i: number): Uint8Array {
  return bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
}

/** Records `[from, to)` of a run, their bytes a view. */
export function cut({ bytes, ends }: ChunkRecords, from: number, to: number): ChunkRecords {
  const start = from === 0 ? 0 : (ends[from - 1] as number);
  const stop = to === 0 ? 0 : (ends[to - 1] as number);
  const length = to - from;
  const own = stop - start < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length);
  for (let i = 0; i < length; i++) own[i] = (ends[from + i] as number) - start;
  return { bytes: bytes.subarray(start, stop), ends: own };
}
