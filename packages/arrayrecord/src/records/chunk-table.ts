import type { ByteRange } from "@nthrec/core";
import type { Footer } from "./footer.ts";

/** Where the chunks of records lie, and which records are in them. */
export class ChunkTable {
  readonly #begins: ArrayLike<number>;
  /** Number of the first record of each chunk, where groups differ in size. */
  readonly #firsts: ArrayLike<number> | undefined;
  readonly #groupSize: number;
  readonly #length: number;
  readonly #end: number;

  /**
   * @param groupSize Records in each chunk but the last; 0 where `firsts` tells.
   * @param length Records in all chunks.
   * @param end Where the last chunk ends.
   */
  constructor(
    begins: ArrayLike<number>,
    groupSize: number,
    length: number,
    end: number,
    firsts?: ArrayLike<number>,
  ) {
    this.#begins = begins;
    this.#groupSize = groupSize;
    this.#length = length;
    this.#end = end;
    this.#firsts = firsts;
  }

  /** The table of a footer. */
  static of({ offsets, groupSize, numRecords, begin }: Footer): ChunkTable {
    return new ChunkTable(offsets, groupSize, numRecords, begin);
  }

  /** Chunks. */
  get count(): number {
    return this.#begins.length;
  }

  /** Records in all chunks. */
  get length(): number {
    return this.#length;
  }

  /** The chunk that holds record `index`. */
  chunkOf(index: number): number {
    const firsts = this.#firsts;
    if (firsts === undefined) return Math.floor(index / this.#groupSize);
    let low = 0;
    let high = firsts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((firsts[middle] as number) <= index) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Number of the first record of a chunk. */
  firstOf(chunk: number): number {
    return this.#firsts === undefined ? chunk * this.#groupSize : (this.#firsts[chunk] as number);
  }

  /** Records in a chunk. */
  countOf(chunk: number): number {
    const next = chunk + 1 === this.count ? this.#length : this.firstOf(chunk + 1);
    return next - this.firstOf(chunk);
  }

  /** The bytes from a chunk's beginning to the next one's. */
  rangeOf(chunk: number): ByteRange {
    const start = this.#begins[chunk] as number;
    const end = chunk + 1 < this.count ? (this.#begins[chunk + 1] as number) : this.#end;
    return { start, end };
  }
}
