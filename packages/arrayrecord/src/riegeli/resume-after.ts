import type { ReadPlan } from "@nthrec/core";
import { readBlockHeader } from "../framing/block-header.ts";
import type { Resumption } from "../framing/damaged-chunk.ts";
import { BLOCK_HEADER_BYTES, isChunkBoundary, toBoundary } from "../framing/positions.ts";

/**
 * Where reading goes on behind damage (formats/arrayrecord.md 2.8): at the chunk that is believed there, or at the first that a
 * block header leads to. `undefined` when the rest of the file is lost.
 */
export function* resumeAfter(from: Resumption, size: number): ReadPlan<number | undefined> {
  let { how, position } = from;
  for (;;) {
    if (position > size) return undefined;
    if (how === "have" && isChunkBoundary(position)) return position;
    how = "find";
    position += toBoundary(position);
    if (position + BLOCK_HEADER_BYTES > size) return undefined;
    const bytes = yield { start: position, end: position + BLOCK_HEADER_BYTES };
    const header = readBlockHeader(bytes, 0);
    if (header === undefined) position += BLOCK_HEADER_BYTES;
    else if (header.previous === 0) return position;
    else {
      position += header.next;
      how = "have";
    }
  }
}
