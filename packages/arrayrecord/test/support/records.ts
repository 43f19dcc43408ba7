import { type ChunkRecords, recordAt } from "../../src/chunk/chunk-records.ts";

/** Every record of a decoded chunk. */
export function recordsOf(chunk: ChunkRecords): Uint8Array[] {
  return Array.from({ length: chunk.ends.length }, (_, i) => recordAt(chunk, i));
}

/** A chunk of these records. */
export function chunkOf(records: readonly Uint8Array[]): ChunkRecords {
  const ends = new Uint32Array(records.length);
  let end = 0;
  records.forEach((record, i) => {
    end += record.length;
    ends[i] = end;
  });
  const bytes = new Uint8Array(end);
  records.forEach((record, i) => {
    bytes.set(record, i === 0 ? 0 : ends[i - 1]);
  });
  return { bytes, ends };
}
