import { isNthrecError, type ReadPlan } from "@nthrec/core";
import { decodeChunk, holdsRecords } from "../chunk/decode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { type Chunk, parseChunk, parseHeader, usedBytes } from "../framing/parse-chunk.ts";
import { parseFooter } from "./footer.ts";

/** Bytes that one step asks for. */
const WINDOW_BYTES = 1024 * 1024;

/** The chunks of records that a walk found, in file order. */
export interface WalkedChunks {
  readonly begins: number[];
  /** Number of the first record of each. */
  readonly firsts: number[];
  readonly decodedSizes: number[];
  readonly records: number;
  /** Where the last whole chunk ends. */
  readonly end: number;
}

/**
 * Walks from chunk to chunk, checking every hash, and stops before the file's footer, at its end, or at the first chunk that is not
 * whole: what a footer would say of a file whose writer died.
 */
export function* walkChunks(start: number, limit: number, codecs: Codecs): ReadPlan<WalkedChunks> {
  const found = new Found();
  let at = start;
  let window: Uint8Array = new Uint8Array(0);
  let base = at;
  while (at < limit) {
    if (base + window.length < limit && base + window.length - at < WINDOW_BYTES / 2) {
      base = at;
      window = yield { start: at, end: Math.min(limit, at + WINDOW_BYTES) };
    }
    try {
      const need = at + usedBytes(parseHeader(window.subarray(at - base), at, limit));
      if (need > base + window.length) {
        base = at;
        window = yield { start: at, end: need };
      }
      const chunk = parseChunk(window.subarray(at - base), at, limit);
      if (found.isFooter(chunk, codecs)) break;
      found.add(chunk);
      at = chunk.end;
    } catch (error) {
      if (isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) break;
      throw error;
    }
  }
  return { ...found, end: at };
}

class Found {
  readonly begins: number[] = [];
  readonly firsts: number[] = [];
  readonly decodedSizes: number[] = [];
  records = 0;

  add({ begin, type, numRecords, decodedDataSize }: Chunk): void {
    if (!holdsRecords(type) || numRecords === 0) return;
    this.begins.push(begin);
    this.firsts.push(this.records);
    this.decodedSizes.push(decodedDataSize);
    this.records += numRecords;
  }

  /** Whether a chunk is the footer of just the chunks before it. */
  isFooter(chunk: Chunk, codecs: Codecs): boolean {
    if (!holdsRecords(chunk.type) || chunk.numRecords !== this.begins.length + 1) return false;
    try {
      const { offsets } = parseFooter(decodeChunk(chunk, codecs), chunk.begin);
      return this.begins.every((begin, i) => offsets[i] === begin);
    } catch (error) {
      if (isNthrecError(error, "NTH_CORRUPTION")) return false;
      throw error;
    }
  }
}
