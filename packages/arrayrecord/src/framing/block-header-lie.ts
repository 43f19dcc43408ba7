import type { BlockHeader } from "./block-header.ts";
import { find, have, type Resumption } from "./damaged-chunk.ts";
import { BLOCK_BYTES, BLOCK_HEADER_BYTES } from "./positions.ts";

/** What is wrong with a block header, and where reading may go on behind it. */
export interface BlockHeaderLie {
  readonly what: string;
  readonly resume: Resumption;
}

/**
 * Judges the block header at `position` inside the chunk that begins at `begin` (formats/arrayrecord.md 2.7, 2.8).
 *
 * @param header `undefined` where its hash does not fit.
 * @param end Where the chunk ends, once its header was read.
 */
export function lieOf(
  header: BlockHeader | undefined,
  position: number,
  begin: number,
  end: number | undefined,
): BlockHeaderLie | undefined {
  const behind = find(position + BLOCK_HEADER_BYTES);
  if (header === undefined) return { what: "does not fit its hash", resume: behind };
  if (header.previous !== position - begin) {
    const near = header.next <= BLOCK_BYTES;
    const resume = near ? have(position + header.next) : behind;
    return { what: "belongs to another chunk", resume };
  }
  if (end === undefined || position + header.next === end) return undefined;
  return { what: "disagrees about its end", resume: behind };
}
