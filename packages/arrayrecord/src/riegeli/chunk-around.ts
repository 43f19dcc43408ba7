import { corrupt } from "../errors.ts";
import { type Chunk, parseChunk } from "../framing/parse-chunk.ts";

/** The chunk that holds a position, of those in `bytes`: where one ends just behind its positions, another may follow. */
export function chunkAround(bytes: Uint8Array, begin: number, position: number): Chunk {
  const limit = begin + bytes.length;
  let chunk = parseChunk(bytes, begin, limit);
  while (position >= chunk.begin + chunk.numRecords && chunk.end < limit) {
    chunk = parseChunk(bytes.subarray(chunk.end - begin), chunk.end, limit);
  }
  if (position < chunk.begin + chunk.numRecords) return chunk;
  throw corrupt(`no record has position ${position}`);
}
