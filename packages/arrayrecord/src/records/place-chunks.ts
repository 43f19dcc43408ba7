import type { ByteWriter } from "@nthrec/core";
import type { ChunkFramer } from "../framing/chunk-framer.ts";
import { SIGNATURE_BYTES } from "../framing/positions.ts";

/**
 * Puts the chunks of a commit into the file, from its first one on: over what is there already, and behind it.
 *
 * @param chunks What `framer` wrote, and may have to lengthen.
 */
export function placeChunks(out: ByteWriter, chunks: ByteWriter, framer: ChunkFramer): void {
  const begin = chunks.position - chunks.length;
  // What a commit that failed left in the batch.
  out.rewind(Math.max(0, out.length - Math.max(0, out.position - begin)));
  const over = out.position - begin;
  // Records that became shorter by compressing them together leave a gap.
  while (chunks.length < over) {
    framer.padding(Math.max(0, over - chunks.length - 2 * SIGNATURE_BYTES));
  }
  const bytes = chunks.view();
  if (over > 0) out.patch(begin, bytes.subarray(0, over));
  out.bytes(bytes.subarray(over));
}
