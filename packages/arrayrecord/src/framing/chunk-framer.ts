import type { ByteWriter } from "@nthrec/core";
import type { ChunkCounts } from "../chunk/chunk-records.ts";
import { putBlockHeader } from "./block-header.ts";
import { ChunkType, putChunkHeader } from "./chunk-header.ts";
import {
  BLOCK_BYTES,
  BLOCK_HEADER_BYTES,
  CHUNK_HEADER_BYTES,
  chunkEnd,
  intoBlock,
  toBoundary,
} from "./positions.ts";

const ZEROS = new Uint8Array(2 * BLOCK_BYTES);
const NO_BYTES = ZEROS.subarray(0, 0);
const NOTHING: ChunkCounts = { numRecords: 0, decodedDataSize: 0 };

/** Where headers are made: writing never waits, so that all framers share it. */
const HEADER: Uint8Array = /* @__PURE__ */ new Uint8Array(CHUNK_HEADER_BYTES);
const BLOCK: Uint8Array = /* @__PURE__ */ new Uint8Array(BLOCK_HEADER_BYTES);

/** Frames chunks, with block headers between their bytes, behind each other (formats/arrayrecord.md 2.5). */
export class ChunkFramer {
  readonly #out: ByteWriter;
  /** Where the next byte goes in the file. */
  #position: number;

  /** @param position Where in the file the next byte of `out` will be. */
  constructor(out: ByteWriter, position: number) {
    this.#out = out;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  /** Writes one chunk, whose data are in one part or in two; answers where it begins. */
  chunk(type: number, counts: ChunkCounts, data: Uint8Array, rest: Uint8Array = NO_BYTES): number {
    const begin = this.#position;
    const end = chunkEnd(begin, data.length + rest.length, counts.numRecords);
    putChunkHeader(HEADER, type, counts, data, rest);
    this.#emit(HEADER, begin, end);
    this.#emit(data, begin, end);
    this.#emit(rest, begin, end);
    while (this.#position < end) {
      // The last bytes before the end may all be a block header's.
      const left = Math.min(end - this.#position, ZEROS.length);
      this.#emit(ZEROS.subarray(0, this.#within(left)), begin, end);
    }
    return begin;
  }

  /** The chunk that every file begins with. */
  signature(): void {
    this.chunk(ChunkType.signature, NOTHING, NO_BYTES);
  }

  /** Fills up to the next block boundary but for gaps that hold no chunk header; nothing on a boundary (2.6). */
  padToBoundary(): void {
    const gap = toBoundary(this.#position);
    if (gap === 0) return;
    const usable = BLOCK_BYTES - BLOCK_HEADER_BYTES;
    this.padding((gap < CHUNK_HEADER_BYTES ? gap + usable : gap) - CHUNK_HEADER_BYTES);
  }

  /** Writes a padding chunk with `length` bytes of data. */
  padding(length: number): void {
    this.chunk(
      ChunkType.padding,
      NOTHING,
      length <= ZEROS.length ? ZEROS.subarray(0, length) : new Uint8Array(length),
    );
  }

  /** Bytes of `left` that fit before the next block header, which is written first where one is due. */
  #within(left: number): number {
    const offset = intoBlock(this.#position);
    if (offset === 0) return Math.max(1, Math.min(left, BLOCK_BYTES) - BLOCK_HEADER_BYTES);
    return Math.min(left, BLOCK_BYTES - offset);
  }

  #emit(bytes: Uint8Array, begin: number, end: number): void {
    for (let done = 0; done < bytes.length; ) {
      if (intoBlock(this.#position) === 0) this.#blockHeader(begin, end);
      const part = Math.min(bytes.length - done, BLOCK_BYTES - intoBlock(this.#position));
      this.#out.bytes(part === bytes.length ? bytes : bytes.subarray(done, done + part));
      done += part;
      this.#position += part;
    }
  }

  #blockHeader(begin: number, end: number): void {
    putBlockHeader(BLOCK, 0, {
      previous: this.#position - begin,
      next: end - this.#position,
    });
    this.#out.bytes(BLOCK);
    this.#position += BLOCK_HEADER_BYTES;
  }
}
