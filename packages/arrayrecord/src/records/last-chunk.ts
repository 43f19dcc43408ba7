import { isNthrecError, type ReadPlan } from "@nthrec/core";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import type { Codecs } from "../codecs/codec.ts";
import type { ChunkTable } from "./chunk-table.ts";
import { readChunk } from "./file-layout.ts";

/** A last chunk that a writer may replace is read along with the footer up to this size. */
export const PIN_BYTES: number = 64 * 1024 * 1024;

/** The records of the last chunk, to keep them from a writer that replaces it; none where it is too long, or not sound. */
export function* lastChunk(table: ChunkTable, codecs: Codecs): ReadPlan<ChunkRecords | undefined> {
  const last = table.count - 1;
  const { start, end } = table.rangeOf(last);
  if (end - start > PIN_BYTES) return undefined;
  try {
    const records = yield* readChunk(start, end, codecs);
    return records.ends.length === table.countOf(last) ? records : undefined;
  } catch (error) {
    // Who reads from it learns what is wrong with it.
    if (isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED", "NTH_NOT_SUPPORTED")) {
      return undefined;
    }
    throw error;
  }
}
