import { isNthrecError, NthrecError } from "@nthrec/core";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import { decodeChunk } from "../chunk/decode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { corrupt } from "../errors.ts";
import { type MemoryFor, parseChunk } from "../framing/parse-chunk.ts";

/** Chunks up to this size are put together in memory that is kept: new memory costs more than filling it. */
const KEPT_BYTES = 1024 * 1024;

/** A codec's result may end so many bytes before its memory does. */
const SPARE_BYTES = 1;

/** The records of a chunk, and whether they lie in memory that is used again. */
export interface DecodedChunk {
  readonly records: ChunkRecords;
  readonly borrowed: boolean;
}

/** What chunks are put together in that lie on both sides of a block header. */
let kept: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** Memory that is valid until the next call. */
function keptMemory(size: number): Uint8Array {
  if (size > KEPT_BYTES) return new Uint8Array(size);
  if (size > kept.length) kept = new Uint8Array(size);
  return kept.subarray(0, size);
}

/** Checks and decodes the chunks of a file. */
export class ChunkDecoder {
  readonly #codecs: Codecs;
  readonly #memoryFor: MemoryFor | undefined;

  /** @param foreign Whether codecs are the caller's: they may read another file while they are at work. */
  constructor(codecs: Codecs, foreign: boolean) {
    this.#codecs = codecs;
    this.#memoryFor = foreign ? undefined : keptMemory;
  }

  /**
   * The chunk at `start`, which takes all of `bytes` and must hold `count` records.
   *
   * @returns Records that are valid until the next call, if they are borrowed.
   * @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_TRUNCATED`, `NTH_NOT_SUPPORTED`
   */
  decode(bytes: Uint8Array, start: number, count: number): DecodedChunk {
    const chunk = parseChunk(bytes, start, start + bytes.length, this.#memoryFor);
    if (chunk.numRecords !== count) {
      throw corrupt(
        `the chunk at byte ${start} holds ${chunk.numRecords} records, the footer says ${count}`,
      );
    }
    try {
      const records = decodeChunk(chunk, this.#codecs, true);
      const { buffer, length } = records.bytes;
      // Neither a part of the chunk nor of what a codec works in.
      return { records, borrowed: buffer.byteLength > length + SPARE_BYTES };
    } catch (error) {
      if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
      throw new NthrecError("NTH_CORRUPTION", `the chunk at byte ${start}: ${error.message}`, {
        offset: start,
        cause: error,
      });
    }
  }
}
