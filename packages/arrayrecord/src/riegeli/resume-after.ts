import type { ReadPlan } from "@nthrec/core";
import { readBlockHeader } from "../framing/block-header.ts";
import type { DamagedChunk } from "../framing/damaged-chunk.ts";
import { BLOCK_HEADER_BYTES, isChunkBoundary, toBoundary } from "../framing/positions.ts";
import { damageBeforeEnd } from "./damage-before-end.ts";

/**
 * Where reading goes on behind damage (formats/arrayrecord.md 2.8): at the chunk that is believed there, or at the first that a
 * block header leads to. `undefined` when the rest of the file is lost.
 *
 * @param begin Where the chunk begins that is damaged. In one that the file cuts there may be more damage.
 */
export function* resumeAfter(
  error: DamagedChunk,
  begin: number,
  size: number,
): ReadPlan<number | undefined> {
  const cut = error.code === "NTH_TRUNCATED";
  let { how, position } = (cut ? yield* damageBeforeEnd(begin, size) : undefined) ?? error.resume;
  for (;;) {
    if (position > size) return undefined;
    if (how === "have" && isChunkBoundary(position)) return position;
    how = "find";
    position += toBoundary(position);
    // What is left of the file is a region of its own.
    if (position + BLOCK_HEADER_BYTES > size) return position > size ? undefined : position;
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
