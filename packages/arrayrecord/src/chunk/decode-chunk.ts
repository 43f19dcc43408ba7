import type { Codecs } from "../codecs/codec.ts";
import { corrupt } from "../errors.ts";
import { ChunkType } from "../framing/chunk-header.ts";
import type { Chunk } from "../framing/parse-chunk.ts";
import { decodeTransposed } from "../transposed/decode-transposed.ts";
import type { ChunkRecords } from "./chunk-records.ts";
import { decodeSimple } from "./simple-chunk.ts";

/** Whether a chunk of this type holds records. */
export function holdsRecords(type: number): boolean {
  return type === ChunkType.simple || type === ChunkType.transposed;
}

/**
 * The records of a chunk.
 *
 * @param lend Whether they may be in memory that the next chunk overwrites.
 * @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_NOT_SUPPORTED`
 */
export function decodeChunk(chunk: Chunk, codecs: Codecs, lend = false): ChunkRecords {
  if (chunk.type === ChunkType.simple) return decodeSimple(chunk, chunk.data, codecs, lend);
  if (chunk.type === ChunkType.transposed) return decodeTransposed(chunk, chunk.data, codecs, lend);
  throw corrupt(`a chunk of type ${chunk.type} holds no records`);
}
