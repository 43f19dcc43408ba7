import { type ByteRange, type ByteSource, PageMiss, type ReadPlan } from "@nthrec/core";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import { decodeChunk } from "../chunk/decode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { compressionOf } from "../codecs/compression-code.ts";
import { corrupt } from "../errors.ts";
import { ChunkType } from "../framing/chunk-header.ts";
import type { Chunk } from "../framing/parse-chunk.ts";
import { fetchChunk, findFooter } from "./file-layout.ts";
import { type FooterFacts, offsetsIn, scanFooter } from "./footer.ts";
import { PlainFooter } from "./plain-footer.ts";

/** Chunks in a page: 8 KiB of memory. */
const PAGE_CHUNKS = 1024;
/** Pages kept: 1 MiB of memory. */
const KEPT_PAGES = 128;
/** Places of chunks that were asked for and are about to be decoded, kept beside the pages. */
const RECENT = 8192;

/** How pages are cut, and how many of them are kept. */
export interface PageShape {
  readonly chunks: number;
  readonly kept: number;
}

/**
 * Where the chunks of a file lie, page by page as they are asked for: a bounded number of pages is in memory. Of a footer that is not
 * compressed just the bytes of a page are read, of another one all of it is decoded again, and gives several pages.
 */
export class FooterPages {
  readonly facts: FooterFacts;
  readonly #limit: number;
  readonly #codecs: Codecs;
  readonly #shape: PageShape;
  /** Where its bytes lie, if they are not compressed. */
  readonly #plain: PlainFooter | undefined;
  /** For each page where its chunks begin, and where the first one behind them does; the longest unused first. */
  readonly #pages = new Map<number, Float64Array>();
  readonly #recent = new Map<number, number>();
  /** The page used last. */
  #last = -1;
  #words: Float64Array = new Float64Array(0);

  private constructor(
    facts: FooterFacts,
    limit: number,
    codecs: Codecs,
    shape: PageShape,
    plain: PlainFooter | undefined,
  ) {
    this.facts = facts;
    this.#limit = limit;
    this.#codecs = codecs;
    this.#shape = shape;
    this.#plain = plain;
  }

  /**
   * Goes through the footer of a file once, and keeps next to nothing of it.
   *
   * @throws {@link NthrecError} as reading a footer whole does
   */
  static *open(
    source: ByteSource,
    codecs: Codecs,
    shape: PageShape = { chunks: PAGE_CHUNKS, kept: KEPT_PAGES },
  ): ReadPlan<FooterPages> {
    const { begin, limit } = yield* findFooter(source, codecs);
    const { chunk } = yield* fetchChunk(begin, limit);
    const records = decodeChunk(chunk, codecs);
    const facts = scanFooter(records, begin, () => {});
    const plain = isPlain(chunk) ? PlainFooter.of(chunk, records, shape.chunks) : undefined;
    const pages = new FooterPages(facts, limit, codecs, shape, plain);
    // What follows, and a last chunk that is not full, are looked at first.
    if (facts.numChunks > 0) pages.#put(pages.lastPage, pages.#cut(records, pages.lastPage));
    return pages;
  }

  /** The page of the last chunk. */
  get lastPage(): number {
    return Math.floor((this.facts.numChunks - 1) / this.#shape.chunks);
  }

  /** Pages in memory. */
  get resident(): number {
    return this.#pages.size;
  }

  /** The bytes of a chunk, and of padding behind it. @throws {@link PageMiss} */
  rangeOf(chunk: number): ByteRange {
    const { chunks } = this.#shape;
    const page = Math.floor(chunk / chunks);
    const words = page === this.#last ? this.#words : this.#use(page);
    const inner = chunk - page * chunks;
    const start = words[inner] as number;
    this.#remember(chunk, start);
    return { start, end: words[inner + 1] as number };
  }

  /** Where a chunk begins whose bytes were asked for before. @throws {@link PageMiss} */
  beginOf(chunk: number): number {
    return this.#recent.get(chunk) ?? this.rangeOf(chunk).start;
  }

  /** Brings a page into memory. @throws {@link NthrecError} `NTH_CORRUPTION` when the footer is not what it was */
  *load(page: number): ReadPlan<void> {
    if (this.#pages.has(page)) return;
    const { kept } = this.#shape;
    if (this.#plain !== undefined) {
      this.#put(page, yield* this.#plain.read(page, this.facts));
      return;
    }
    const { begin, numChunks } = this.facts;
    const { chunk } = yield* fetchChunk(begin, this.#limit);
    const records = decodeChunk(chunk, this.#codecs);
    if (records.ends.length !== numChunks + 1) throw corrupt("the footer is not what it was");
    // Whoever goes through the file wants the next ones. The one that is missing comes last, so that it stays.
    for (let next = Math.min(this.lastPage, page + Math.floor(kept / 2)); next >= page; next--) {
      this.#put(next, this.#cut(records, next));
    }
  }

  #cut(records: ChunkRecords, page: number): Float64Array {
    const { begin, numChunks } = this.facts;
    const { chunks } = this.#shape;
    const from = page * chunks;
    const to = Math.min(numChunks, from + chunks);
    if (to < numChunks) return offsetsIn(records, from, to + 1);
    const words = new Float64Array(to - from + 1);
    words.set(offsetsIn(records, from, to));
    words[to - from] = begin;
    return words;
  }

  #use(page: number): Float64Array {
    const words = this.#pages.get(page);
    if (words === undefined) throw new PageMiss(page);
    this.#pages.delete(page);
    this.#pages.set(page, words);
    this.#last = page;
    this.#words = words;
    return words;
  }

  #put(page: number, words: Float64Array): void {
    this.#pages.delete(page);
    this.#pages.set(page, words);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= this.#shape.kept) return;
      this.#pages.delete(oldest);
      if (oldest === this.#last) this.#last = -1;
    }
  }

  #remember(chunk: number, start: number): void {
    const recent = this.#recent;
    if (recent.size >= RECENT && !recent.has(chunk)) {
      recent.delete(recent.keys().next().value as number);
    }
    recent.set(chunk, start);
  }
}

function isPlain({ type, data }: Chunk): boolean {
  return type === ChunkType.simple && compressionOf(data[0]) === "none";
}
