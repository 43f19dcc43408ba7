import type { ReadPlan } from "@nthrec/core";
import { readBlockHeader } from "../framing/block-header.ts";
import { lieOf } from "../framing/block-header-lie.ts";
import type { Resumption } from "../framing/damaged-chunk.ts";
import { headerBytes, parseHeader, usedBytes } from "../framing/parse-chunk.ts";
import { BLOCK_BYTES, BLOCK_HEADER_BYTES, toBoundary } from "../framing/positions.ts";

/**
 * Finds what the original meets in a chunk before it meets the end of the file: the first block header that belongs to another
 * chunk, or is damaged. `undefined` where all of them are the chunk's, which then is only cut.
 *
 * @param begin Where a chunk begins that goes on beyond `size`.
 */
export function* damageBeforeEnd(begin: number, size: number): ReadPlan<Resumption | undefined> {
  const need = headerBytes(begin);
  const bytes = yield { start: begin, end: Math.min(size, begin + need) };
  const header =
    bytes.length < need ? undefined : parseHeader(bytes, begin, Number.POSITIVE_INFINITY);
  const end = header === undefined ? size : begin + usedBytes(header);
  let block = begin + toBoundary(begin);
  while (block < end && block + BLOCK_HEADER_BYTES <= size) {
    const met = readBlockHeader(yield { start: block, end: block + BLOCK_HEADER_BYTES }, 0);
    const lie = lieOf(met, block, begin, header?.end);
    if (lie !== undefined) return lie.resume;
    block += BLOCK_BYTES;
  }
  return undefined;
}
