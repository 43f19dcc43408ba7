import {
  type BaseIndexedReader,
  type ByteRange,
  type DataInput,
  NthrecError,
  type OffsetTable,
  type ReaderClass,
  type ReaderOptions,
  type ReadPlan,
  type RecordRun,
} from "@nthrec/core";
import { copyBytes } from "../bytes/copy-bytes.ts";
import { type ChunkRecords, recordAt } from "../chunk/chunk-records.ts";
import type { Codecs } from "../codecs/codec.ts";
import { codecsWith, prepareDecoders } from "../codecs/prepared.ts";
import { BLOCK_BYTES } from "../framing/positions.ts";
import { type ReaderSettings, readerSettings } from "../options/reader-settings.ts";
import { settingsOf } from "../options/resolve-settings.ts";
import { ChunkCache } from "./chunk-cache.ts";
import { ChunkDecoder, type DecodedChunk } from "./chunk-decoder.ts";
import { ChunkTable } from "./chunk-table.ts";
import type { DecodeTarget } from "./decode-ahead.ts";
import { asBefore, orNoFooter, readFooter } from "./file-layout.ts";
import { type ResumedFile, readFileState } from "./file-state.ts";
import type { Footer, FooterFacts } from "./footer.ts";
import { FooterPages } from "./footer-pages.ts";
import { lastChunk, PIN_BYTES } from "./last-chunk.ts";
import { missingFooter } from "./missing-footer.ts";
import { type OpenEnd, openEndOf, withEnd } from "./open-end.ts";
import { RecordMemory } from "./record-memory.ts";
import { ThreadedReader } from "./threaded-reader.ts";
import { walkChunks } from "./walk-chunks.ts";

/** A friend of the writer: what it must know of a file to continue it. */
export let fileStateOf: (reader: ArrayRecordReader, source: Codecs) => ReadPlan<ResumedFile>;

const CACHE_BYTES = 32 * 1024 * 1024;
/** The last block of a file holds its postscript, the one before it the end of its footer. */
const TAIL_BYTES = 2 * BLOCK_BYTES;

/** Reads the n-th record of an ArrayRecord file, as the bytes that were written. */
export class ArrayRecordReader extends ThreadedReader {
  static override readonly format: string = "arrayrecord";

  protected override readonly ownIndex: boolean = true;
  protected override readonly borrows: boolean = true;
  readonly #codecs: Codecs = codecsWith(this.options.codecs);
  readonly #decoder: ChunkDecoder = new ChunkDecoder(
    this.#codecs,
    this.options.codecs !== undefined,
  );
  readonly #cache: ChunkCache = new ChunkCache(this.options.cacheBytes ?? CACHE_BYTES);
  readonly #memory: RecordMemory = new RecordMemory();
  readonly #settings: ReaderSettings = readerSettings(this.options);
  /** All of the footer, unless it is held in pages. */
  #footer: Footer | undefined;
  #pages: FooterPages | undefined;
  /** Why there is no footer. */
  #missing: Error | undefined;
  /** What stood at the end of a file without a footer when it was opened. */
  #tail: OpenEnd | undefined;
  #table: ChunkTable = new ChunkTable([], 1, 0, 0);
  /** The last chunk, where it is not full: a writer of this file puts a longer one into its place. */
  #pinned: ChunkRecords | undefined;

  static {
    fileStateOf = (reader, codecs) => readFileState(reader.source, reader.#footer, codecs);
  }

  /** Loads what decompresses, after which `openSync` can read compressed files; `open` does it by itself. */
  static async prepare(): Promise<void> {
    await prepareDecoders();
  }

  /**
   * Opens a file, and reads its footer: two reads wherever it lies.
   *
   * @throws {@link NthrecError} `NTH_TRUNCATED` when it has no sound footer; `tail: "ignore"` reads its whole chunks all the same
   */
  static override async open<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R> {
    // Over HTTP the first request brings the end of the file: the postscript, and a footer that is short.
    const http = { tailBytes: TAIL_BYTES, ...options?.http };
    return (await super.open.call(this as unknown as ReaderClass<R>, data, {
      ...options,
      http,
    })) as R;
  }

  /** The options the file was written with, as its footer says them; files before October 2022 do not. */
  get writerOptions(): string | undefined {
    return this.current.#facts?.writerOptions;
  }

  /** Records in every chunk but the last; 0 in a file without records, and in one without a footer. */
  get groupSize(): number {
    return this.current.#facts?.groupSize ?? 0;
  }

  /** Chunks of records. */
  get chunkCount(): number {
    return this.current.#table.count;
  }

  protected override _target(): DecodeTarget | undefined {
    if (this.#pages !== undefined) return undefined;
    return { source: this.source, table: this.#table, cache: this.#cache };
  }

  protected override *_open(): ReadPlan<void> {
    if (this.source.size === 0) return;
    const read = yield* orNoFooter<Footer | FooterPages>(
      this.#offloaded
        ? FooterPages.open(this.source, this.#codecs)
        : readFooter(this.source, this.#codecs),
    );
    const found = asBefore(this.source, read);
    if (found instanceof Error) {
      this.#missing = found;
      if (this.tail === "ignore" && "readSync" in this.source) {
        this.#tail = yield* openEndOf(this.source, PIN_BYTES);
      }
      return;
    }
    if (found instanceof FooterPages) {
      this.#pages = found;
      this.#table = ChunkTable.paged(found);
      this.paged = true;
    } else {
      this.#footer = found;
      this.#table = ChunkTable.of(found);
    }
    this.end = (this.#facts as FooterFacts).begin;
    yield* this.#pin();
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    if (this.#facts !== undefined) {
      // Chunks are found by division, so that no place of a record is kept.
      offsets.declare(this.#facts.numRecords);
      return this.end;
    }
    // An empty file is one that a writer has only just made.
    if (this.tail === "error" && this.source.size > 0) {
      throw missingFooter(this.source.name, this.#missing);
    }
    const { begins, firsts, records, end } = yield* withEnd(
      walkChunks(start, this.end, this.#codecs),
      this.#tail,
    );
    this.#table = new ChunkTable(begins, 0, records, end, firsts);
    offsets.declare(records);
    yield* this.#pin();
    return end;
  }

  protected override *_loadPage(page: number): ReadPlan<void> {
    if (this.#pages !== undefined) yield* this.#pages.load(page);
  }

  protected override _locate(index: number): ByteRange {
    return this.#table.rangeOf(this.#table.chunkOf(index));
  }

  protected override _cached(index: number): boolean {
    const chunk = this.#table.chunkOf(index);
    if (this.#pinned !== undefined && chunk === this.#table.count - 1) return true;
    return this.#cache.promise(chunk);
  }

  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    const table = this.#table;
    const chunk = table.chunkOf(index);
    const inner = index - table.firstOf(chunk);
    const known = bytes.length === 0 ? this.#known(chunk) : this.#cache.get(chunk);
    if (known !== undefined) return copyBytes(recordAt(known, inner));
    const { records, borrowed } = this.#decode(bytes, chunk);
    if (records.ends.length === 1) return borrowed ? copyBytes(records.bytes) : records.bytes;
    const owned = borrowed ? { ...records, bytes: copyBytes(records.bytes) } : records;
    this.#cache.put(chunk, owned);
    return copyBytes(recordAt(owned, inner));
  }

  protected override _chunk(index: number): RecordRun {
    return this.#table.recordsOf(this.#table.chunkOf(index));
  }

  protected override _getMany(bytes: Uint8Array, indices: readonly number[]): Uint8Array[] {
    const table = this.#table;
    const chunk = table.chunkOf(indices[0] as number);
    const first = table.firstOf(chunk);
    const known = bytes.length === 0 ? this.#known(chunk) : this.#cache.get(chunk);
    if (known !== undefined) return this.#memory.copies(known, indices, first);
    const { records, borrowed } = this.#decode(bytes, chunk);
    // A chunk that is read whole is not kept: whoever reads in order does not come back to it.
    if (indices.length < records.ends.length) {
      const owned = borrowed ? { ...records, bytes: copyBytes(records.bytes) } : records;
      this.#cache.put(chunk, owned);
      return this.#memory.copies(owned, indices, first);
    }
    return this.#memory.recordsOf(records, indices, first, borrowed);
  }

  /** Whether where chunks lie is read when it is needed. */
  get #offloaded(): boolean {
    const { offsets } = this.options;
    if (offsets === undefined) return this.#settings.indexStorage === "offloaded";
    return offsets === "paged";
  }

  get #facts(): FooterFacts | undefined {
    return this.#footer ?? this.#pages?.facts;
  }

  #decode(bytes: Uint8Array, chunk: number): DecodedChunk {
    return this.#decoder.decode(bytes, this.#table.beginOf(chunk), this.#table.countOf(chunk));
  }

  /** A chunk that needs no bytes. */
  #known(chunk: number): ChunkRecords {
    const last = chunk === this.#table.count - 1;
    const known = (last ? this.#pinned : undefined) ?? this.#cache.redeem(chunk);
    if (known !== undefined) return known;
    throw new NthrecError("NTH_SHORT_READ", `chunk ${chunk} left memory while it was waited for`);
  }

  /** Keeps a last chunk that is not full, where a writer may be at work: on this machine. */
  *#pin(): ReadPlan<void> {
    const last = this.#table.count - 1;
    if (last < 0 || !("readSync" in this.source) || this.#isFull(last)) return;
    if (this.#pages !== undefined) yield* this.#pages.load(this.#pages.lastPage);
    this.#pinned = yield* withEnd(lastChunk(this.#table, this.#codecs), this.#tail);
  }

  /** Whether no writer has anything to add to the last chunk. Alone it does not tell: the size of groups is that of the first. */
  #isFull(last: number): boolean {
    const { groupSize = this.#table.countOf(0), writerOptions } = this.#facts ?? {};
    const wanted = last > 0 ? groupSize : (settingsOf(writerOptions)?.groupSize ?? Infinity);
    return this.#table.countOf(last) >= wanted;
  }
}
