import { type ChunkRecords, recordAt } from "../../src/chunk/chunk-records.ts";

/** Every record of a decoded chunk. */
export function recordsOf(chunk: ChunkRecords): Uint8Array[] {
  return Array.from({ length: chunk.ends.length }, (_, i) => recordAt(chunk, i));
}
