import { wordsOf } from "../bytes/view.ts";
import { NthrecError } from "../errors.ts";
import { read, type StepPlan } from "../plan/step.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { HEADER_BYTES } from "./idv1.ts";
import { type OffsetTable, PageMiss } from "./offset-table.ts";

/** How offsets lie in a file. */
export interface OffsetsLayout {
  /** Bytes before the first offset. @default 16, those of the header */
  readonly base?: number | undefined;
  /** Whether each must lie behind the one before. @default true */
  readonly rising?: boolean | undefined;
}

/** Where the pages of offsets come from that are not in memory. */
export interface OffsetPages {
  /** What they are read from, if that is closed with the snapshot. */
  readonly source: ByteSource | undefined;
  /** Whether the offsets of record `index` and the next one are in memory. */
  has(index: number): boolean;
  /** Brings the offsets of record `index` and the next one into memory. */
  load(index: number): StepPlan<void>;
  /** Brings one page into memory and marks it as used. */
  loadPage(page: number): StepPlan<void>;
}

/** Does something with offsets, and again when a page was missing: formats may look at more than one record's. */
export function* withPages<R>(pages: OffsetPages | undefined, work: () => R): StepPlan<R> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (pages === undefined || !(error instanceof PageMiss)) throw error;
      yield* pages.loadPage(error.page);
    }
  }
}

/** Loads pages of an offset table from its index file and keeps those in use. */
export class PageCache implements OffsetPages {
  readonly #table: OffsetTable;
  readonly #limit: number;
  /** Offsets that come from the file. Pages that hold more were pushed to, and stay in memory. */
  readonly #backed: number;
  /** Resident pages, the longest unused first. */
  readonly #resident = new Set<number>();
  readonly source: ByteSource;
  readonly #base: number;
  readonly #rising: boolean;

  /**
   * @param table A table that was declared as long as the file.
   * @param limit Bytes of pages kept in memory.
   */
  constructor(
    table: OffsetTable,
    source: ByteSource,
    limit: number,
    { base = HEADER_BYTES, rising = true }: OffsetsLayout = {},
  ) {
    this.#table = table;
    this.source = source;
    this.#base = base;
    this.#rising = rising;
    this.#limit = Math.max(2, Math.floor(limit / (8 * table.pageLength)));
    this.#backed = table.length;
  }

  /** Whether the offsets of record `index` and the next one are in memory. */
  has(index: number): boolean {
    const table = this.#table;
    const page = table.pageOf(index);
    if (table.page(page) === undefined) return false;
    const next = table.pageOf(Math.min(index + 1, table.length - 1));
    return next === page || table.page(next) !== undefined;
  }

  /** Brings the offsets of record `index` and the next one into memory. */
  *load(index: number): StepPlan<void> {
    const table = this.#table;
    const page = table.pageOf(index);
    yield* this.loadPage(page);
    const next = table.pageOf(Math.min(index + 1, table.length - 1));
    if (next !== page) yield* this.loadPage(next);
  }

  /** Brings one page into memory and marks it as used. */
  *loadPage(page: number): StepPlan<void> {
    const table = this.#table;
    this.#resident.delete(page);
    if (this.#grown(page)) return;
    if (table.page(page) === undefined) {
      const first = page * table.pageLength;
      const count = Math.min(table.pageLength, table.length - first, this.#backed - first);
      const start = this.#base + first * 8;
      const bytes = yield* read(this.source, start, start + count * 8);
      table.setPage(page, this.#words(bytes, start));
    }
    this.#resident.add(page);
    this.#evict();
  }

  /** Whether a page holds offsets that the file does not. */
  #grown(page: number): boolean {
    const table = this.#table;
    const stop = Math.min((page + 1) * table.pageLength, table.length);
    const backed = Math.min(this.#backed, table.kept);
    return stop > backed && table.page(page) !== undefined;
  }

  #words(bytes: Uint8Array, start: number): Uint32Array {
    const words = wordsOf(bytes);
    for (let i = 2; this.#rising && i < words.length; i += 2) {
      const rise =
        (words[i + 1] as number) - (words[i - 1] as number) ||
        (words[i] as number) - (words[i - 2] as number);
      if (rise <= 0) this.#refuse(start + i * 4);
    }
    return words;
  }

  #refuse(offset: number): never {
    throw new NthrecError(
      "NTH_INDEX_INVALID",
      `the offset at byte ${offset} of ${this.source.name} does not rise`,
      {
        source: this.source.name,
        offset,
      },
    );
  }

  #evict(): void {
    for (const page of this.#resident) {
      if (this.#resident.size <= this.#limit) return;
      this.#resident.delete(page);
      const table = this.#table;
      if (page < table.pageCount && !this.#grown(page)) table.setPage(page, undefined);
    }
  }
}
