import type { ReadPlan } from "@nthrec/core";
import { ByteCursor } from "../bytes/byte-cursor.ts";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import { corrupt } from "../errors.ts";
import type { Chunk } from "../framing/parse-chunk.ts";
import {
  BLOCK_BYTES,
  BLOCK_HEADER_BYTES,
  CHUNK_HEADER_BYTES,
  withHeaders,
} from "../framing/positions.ts";
import { hashMatches, putHash } from "../highwayhash/highwayhash.ts";
import { type FooterFacts, offsetsIn } from "./footer.ts";

const HASH_BYTES = 8;

type DataRange = [start: number, end: number];

/**
 * A footer chunk that is not compressed, so that the entries of any page can be read alone. Kept of it is for each page where its sizes and
 * its entries begin, and a hash of both.
 */
export class PlainFooter {
  readonly #begin: number;
  readonly #pageChunks: number;
  /** For each page, and behind the last: where its sizes begin in the chunk's data, and its entries. */
  readonly #sizes: Float64Array;
  readonly #values: Float64Array;
  /** Where the first chunk of each page begins, and at last the footer. */
  readonly #firsts: Float64Array;
  readonly #hashes: Uint8Array;

  private constructor(begin: number, pageChunks: number, pages: number) {
    this.#begin = begin;
    this.#pageChunks = pageChunks;
    this.#sizes = new Float64Array(pages + 1);
    this.#values = new Float64Array(pages + 1);
    this.#firsts = new Float64Array(pages + 1).fill(begin);
    this.#hashes = new Uint8Array(pages * HASH_BYTES);
  }

  /**
   * Notes where the pages of a footer lie.
   *
   * @param chunk The footer chunk: simple, not compressed.
   * @param records Its records.
   */
  static of({ begin, data }: Chunk, records: ChunkRecords, pageChunks: number): PlainFooter {
    const { ends } = records;
    const count = ends.length - 1;
    const pages = Math.ceil(count / pageChunks);
    const footer = new PlainFooter(begin, pageChunks, pages);
    const cursor = new ByteCursor(data, 1);
    const sizesEnd = cursor.varint64() + cursor.at;
    for (let record = 0; record <= count; record++) {
      // The first record is the file's metadata.
      const page = (record - 1) / pageChunks;
      if (record > 0 && Number.isInteger(page)) {
        footer.#mark(page, cursor.at, sizesEnd + (ends[record - 1] as number));
        footer.#firsts[page] = offsetsIn(records, record - 1, record)[0] as number;
      }
      cursor.varint64();
    }
    footer.#mark(pages, cursor.at, sizesEnd + (ends[count] as number));
    for (let page = 0; page < pages; page++) {
      const [sizes, values] = footer.#rangesOf(page);
      const both = joined(data.subarray(...sizes), data.subarray(...values));
      putHash(footer.#hashes, page * HASH_BYTES, both);
    }
    return footer;
  }

  /** Where the chunks of a page begin, and the first one behind them. @throws {@link NthrecError} `NTH_CORRUPTION` */
  *read(page: number, { numChunks }: FooterFacts): ReadPlan<Float64Array> {
    const [sizes, values] = this.#rangesOf(page);
    const first = yield* this.#data(...sizes);
    const both = joined(first, yield* this.#data(...values));
    if (!hashMatches(this.#hashes, page * HASH_BYTES, both)) {
      throw corrupt("the footer is not what it was");
    }
    const from = page * this.#pageChunks;
    const count = Math.min(numChunks, from + this.#pageChunks) - from;
    const cursor = new ByteCursor(both, 0, first.length);
    const ends = new Float64Array(count + 1);
    // The entries are records of the rest of `both`, behind one that has no bytes.
    for (let i = 0; i < count; i++) ends[i + 1] = (ends[i] as number) + cursor.varint64();
    const offsets = offsetsIn({ bytes: both.subarray(first.length), ends }, 0, count);
    const words = new Float64Array(count + 1);
    words.set(offsets);
    words[count] = this.#firsts[page + 1] as number;
    return words;
  }

  #mark(page: number, sizes: number, values: number): void {
    this.#sizes[page] = sizes;
    this.#values[page] = values;
  }

  /** Where the sizes and the entries of a page lie in the chunk's data. */
  #rangesOf(page: number): readonly [DataRange, DataRange] {
    const range = (marks: Float64Array): DataRange => [
      marks[page] as number,
      marks[page + 1] as number,
    ];
    return [range(this.#sizes), range(this.#values)];
  }

  /** Reads `[start, end)` of the chunk's data, without the block headers in it. */
  *#data(start: number, end: number): ReadPlan<Uint8Array> {
    const from = withHeaders(this.#begin, CHUNK_HEADER_BYTES + start);
    const bytes = yield { start: from, end: withHeaders(this.#begin, CHUNK_HEADER_BYTES + end) };
    const data = new Uint8Array(end - start);
    let at = 0;
    for (let filled = 0; filled < data.length; ) {
      if ((from + at) % BLOCK_BYTES === 0) at += BLOCK_HEADER_BYTES;
      const run = Math.min(data.length - filled, BLOCK_BYTES - ((from + at) % BLOCK_BYTES));
      data.set(bytes.subarray(at, at + run), filled);
      at += run;
      filled += run;
    }
    return data;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
