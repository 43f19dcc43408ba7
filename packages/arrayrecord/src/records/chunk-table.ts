import type { ByteRange, RecordRun } from "@nthrec/core";
import type { Footer } from "./footer.ts";
import type { FooterPages } from "./footer-pages.ts";

/** Where the chunks of records lie, and which records are in them. */
export class ChunkTable {
  readonly #begins: ArrayLike<number>;
  readonly #pages: FooterPages | undefined;
  /** Chunks. */
  readonly count: number;
  /** Number of the first record of each chunk, where groups differ in size. */
  readonly #firsts: ArrayLike<number> | undefined;
  readonly #groupSize: number;
  readonly #length: number;
  readonly #end: number;

  /**
   * @param groupSize Records in each chunk but the last; 0 where `firsts` tells.
   * @param length Records in all chunks.
   * @param end Where the last chunk ends.
   * @param pages In place of `begins`, where they are not in memory.
   */
  constructor(
    begins: ArrayLike<number>,
    groupSize: number,
    length: number,
    end: number,
    firsts?: ArrayLike<number>,
    pages?: FooterPages,
  ) {
    this.#begins = begins;
    this.#pages = pages;
    this.count = pages?.facts.numChunks ?? begins.length;
    this.#groupSize = groupSize;
    this.#length = length;
    this.#end = end;
    this.#firsts = firsts;
  }

  /** The table of a footer. */
  static of({ offsets, groupSize, numRecords, begin }: Footer): ChunkTable {
    return new ChunkTable(offsets, groupSize, numRecords, begin);
  }

  /** The table of a footer that is not held in memory. */
  static paged(pages: FooterPages): ChunkTable {
    const { groupSize, numRecords, begin } = pages.facts;
    return new ChunkTable([], groupSize, numRecords, begin, undefined, pages);
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

  /** The records of a chunk. */
  recordsOf(chunk: number): RecordRun {
    const start = this.firstOf(chunk);
    return { start, end: start + this.countOf(chunk) };
  }

  /** Where a chunk begins. */
  beginOf(chunk: number): number {
    return this.#pages === undefined ? (this.#begins[chunk] as number) : this.#pages.beginOf(chunk);
  }

  /** The bytes from a chunk's beginning to the next one's. */
  rangeOf(chunk: number): ByteRange {
    if (this.#pages !== undefined) return this.#pages.rangeOf(chunk);
    const start = this.#begins[chunk] as number;
    const end = chunk + 1 < this.count ? (this.#begins[chunk + 1] as number) : this.#end;
    return { start, end };
  }
}
