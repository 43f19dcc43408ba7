import { wordsOf } from "../bytes/view.ts";
import { NthrecError } from "../errors.ts";

const TWO_32 = 4294967296;
const TWO_53 = 9007199254740992;
/** Offsets in a page: 64 KiB. */
export const PAGE_LENGTH = 8192;

/** Thrown by `at` when the page of an offset is not in memory; the verbs of core load it and ask again. */
export class PageMiss extends Error {
  readonly page: number;

  constructor(page: number) {
    super(`page ${page} of the offset table is not in memory`);
    this.page = page;
  }
}

/**
 * Record offsets in file order, strictly rising.
 * One 64-bit little-endian word each, kept as the two halves that the index file holds: no bigint, no
 * conversion at load, 8 bytes a record. A table is resident, or loads pages of its index file as they are needed.
 */
export class OffsetTable {
  readonly #pageLength: number;
  readonly #mask: number;
  readonly #inverse: number;
  #pages: (Uint32Array | undefined)[] = [];
  #tail: Uint32Array = new Uint32Array(0);
  #length = 0;
  #last = -1;
  readonly #rising: boolean;
  #kept = Number.POSITIVE_INFINITY;
  /** Whether a fork may have the same pages. */
  #shared = false;
  /** Where the first record begins and how far its successors are, of a table that needs no pages. */
  #stride: { readonly start: number; readonly step: number } | undefined;

  /**
   * @param pageLength Offsets in a page, a power of two.
   * @param rising Whether each offset must lie behind the one before, as those of records do.
   */
  constructor(pageLength: number = PAGE_LENGTH, rising = true) {
    if (!(pageLength > 0 && Number.isInteger(Math.log2(pageLength)))) {
      throw new TypeError(`a page holds a power of two of offsets, not ${pageLength}`);
    }
    this.#rising = rising;
    this.#pageLength = pageLength;
    this.#mask = pageLength - 1;
    this.#inverse = 1 / pageLength;
  }

  /** Records. */
  get length(): number {
    return this.#length;
  }

  /** Offsets in a page. */
  get pageLength(): number {
    return this.#pageLength;
  }

  /** Byte position where record `index` begins; `0 ≤ index < length` is the caller's promise. */
  at(index: number): number {
    const page = this.#pages[(index * this.#inverse) | 0];
    if (page === undefined) return this.#computed(index);
    const word = (index & this.#mask) << 1;
    return (page[word] as number) + (page[word + 1] as number) * TWO_32;
  }

  /** Adds the offset of the next record, which must lie behind the last one. */
  push(offset: number): void {
    if (this.#stride !== undefined && this.#continues(offset)) return;
    const slot = this.#length & this.#mask;
    if (offset <= this.#last || !Number.isSafeInteger(offset)) this.#refuse(offset);
    if (slot === 0) this.#grow();
    const word = slot << 1;
    this.#tail[word] = offset;
    this.#tail[word + 1] = offset / TWO_32;
    if (this.#rising) this.#last = offset;
    this.#length++;
  }

  /** Replaces the offset of record `index`; its page and those of its neighbours are in memory. */
  set(index: number, offset: number): void {
    const before = this.#rising && index > 0 ? this.at(index - 1) : -1;
    const behind = this.#rising && index + 1 < this.#length ? this.at(index + 1) : TWO_53;
    if (offset <= before || offset >= behind || !Number.isSafeInteger(offset)) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `record ${index} cannot begin at byte ${offset}: its neighbours begin at ${before} and ${behind}`,
        { index, offset },
      );
    }
    this.at(index);
    this.#spell();
    if (this.#shared) this.#unshare();
    const page = this.#pages[this.pageOf(index)] as Uint32Array;
    const word = (index & this.#mask) << 1;
    page[word] = offset;
    page[word + 1] = offset / TWO_32;
    if (this.#rising && index === this.#length - 1) this.#last = offset;
  }

  /**
   * Adds `count` offsets spaced `stride` bytes apart, from `start` on: fixed-size records need no scan, and, from the
   * first record on, no memory.
   */
  pushStride(start: number, stride: number, count: number): void {
    if (count <= 0) return;
    const goes = this.#stride?.step === stride && start === this.#computed(this.#length);
    if (this.#length > 0 && !goes) {
      for (let i = 0; i < count; i++) this.push(start + i * stride);
      return;
    }
    const end = start + (count - 1) * stride;
    if (!(stride > 0 && start >= 0 && Number.isSafeInteger(end))) this.#refuse(end);
    this.#stride ??= { start, step: stride };
    this.#length += count;
    this.#last = end;
    this.#pages.length = this.pageCount;
  }

  /** Takes the last offset away and returns it. */
  pop(): number | undefined {
    if (this.#length === 0) return undefined;
    const last = this.at(this.#length - 1);
    this.truncate(this.#length - 1);
    return last;
  }

  /** Keeps the first `length` offsets. */
  truncate(length: number): void {
    if (length >= this.#length) return;
    if (length === 0) this.#stride = undefined;
    this.#pages.length = Math.ceil(length / this.#pageLength);
    this.#length = length;
    this.#kept = Math.min(this.#kept, length);
    this.settle();
  }

  /** The shortest that the table has been since it was made: offsets before this are what they were. */
  get kept(): number {
    return this.#kept;
  }

  /** An independent table with the first `length` offsets; full pages are shared, the last one is copied. */
  fork(length: number = this.#length): OffsetTable {
    const copy = new OffsetTable(this.#pageLength, this.#rising);
    copy.#stride = this.#stride;
    copy.#pages = this.#pages.slice(0, Math.ceil(length / this.#pageLength));
    copy.#length = length;
    copy.#shared = true;
    this.#shared = true;
    copy.settle();
    return copy;
  }

  /** Pages that hold all offsets. */
  get pageCount(): number {
    return Math.ceil(this.#length / this.#pageLength);
  }

  /** Page of record `index`. */
  pageOf(index: number): number {
    return (index * this.#inverse) | 0;
  }

  /** The words of a page, or `undefined` while it is not in memory. */
  page(page: number): Uint32Array | undefined {
    return this.#stride === undefined ? this.#pages[page] : this.#spelled(page);
  }

  /** Puts a page into memory, or drops it with `undefined`. */
  setPage(page: number, words: Uint32Array | undefined): void {
    this.#pages[page] = words;
  }

  /** Declares `length` offsets whose pages arrive later; `settle` must come before a push behind any. */
  declare(length: number): void {
    this.#stride = undefined;
    this.#length = length;
    this.#last = length === 0 ? -1 : Number.POSITIVE_INFINITY;
    this.#pages = new Array(Math.ceil(length / this.#pageLength));
  }

  /** Makes a declared table ready for pushes, its last page being in memory. */
  settle(): void {
    this.#last = this.#length === 0 || !this.#rising ? -1 : this.at(this.#length - 1);
    this.#thawTail();
  }

  /** The first record of a table in memory that does not begin behind the one before it, if any. */
  firstFall(): number | undefined {
    let last = -1;
    for (let index = 0; index < this.#length; index++) {
      const offset = this.at(index);
      if (offset <= last) return index;
      last = offset;
    }
    return undefined;
  }

  /** Offsets `[from, to)` as an index file holds them. */
  encode(from = 0, to: number = this.#length): Uint8Array {
    const words = new Uint32Array((to - from) * 2);
    let done = from;
    while (done < to) {
      const page = this.page(this.pageOf(done));
      if (page === undefined) throw new PageMiss(this.pageOf(done));
      const first = done & this.#mask;
      const count = Math.min(this.#pageLength - first, to - done);
      words.set(page.subarray(first * 2, (first + count) * 2), (done - from) * 2);
      done += count;
    }
    return new Uint8Array(words.buffer);
  }

  /** A table whose records before `index` are not known, the last of them ending at `end`; pushes go on from there. */
  static startingAt(index: number, end: number): OffsetTable {
    const table = new OffsetTable();
    table.declare(index);
    table.#tail = new Uint32Array(table.#pageLength * 2);
    if (index % table.#pageLength !== 0) table.#pages[table.#pages.length - 1] = table.#tail;
    table.#last = end - 1;
    return table;
  }

  /** Makes a table of the offset bytes of an index file; the memory is used as it is where alignment allows. */
  static decode(bytes: Uint8Array, pageLength: number = PAGE_LENGTH, rising = true): OffsetTable {
    const table = new OffsetTable(pageLength, rising);
    const words = wordsOf(bytes);
    table.#length = Math.floor(words.length / 2);
    for (let at = 0; at < words.length; at += pageLength * 2) {
      table.#pages.push(words.subarray(at, at + pageLength * 2));
    }
    table.settle();
    return table;
  }

  /** The offset of a record whose page is not there: by arithmetic, or not at all. */
  #computed(index: number): number {
    if (this.#stride === undefined) throw new PageMiss((index * this.#inverse) | 0);
    return this.#stride.start + index * this.#stride.step;
  }

  /** Takes an offset that goes on with the stride; another one ends it. */
  #continues(offset: number): boolean {
    if (offset !== this.#computed(this.#length)) {
      this.#spell();
      return false;
    }
    if (!Number.isSafeInteger(offset)) this.#refuse(offset);
    this.#length++;
    this.#last = offset;
    this.#pages.length = this.pageCount;
    return true;
  }

  /** Writes out what arithmetic stood for, so that any offset may follow. */
  #spell(): void {
    if (this.#stride === undefined) return;
    this.#pages = Array.from({ length: this.pageCount }, (_, page) => this.#spelled(page));
    this.#stride = undefined;
    this.#shared = false;
    if (this.#length > 0) this.#tail = this.#pages.at(-1) as Uint32Array;
  }

  #spelled(page: number): Uint32Array {
    const words = new Uint32Array(this.#pageLength * 2);
    const first = page * this.#pageLength;
    const count = Math.min(this.#pageLength, this.#length - first);
    for (let i = 0; i < count; i++) {
      const offset = this.#computed(first + i);
      words[i * 2] = offset;
      words[i * 2 + 1] = offset / TWO_32;
    }
    return words;
  }

  #unshare(): void {
    this.#shared = false;
    this.#pages = this.#pages.map((page) => page?.slice());
    this.#thawTail();
  }

  #grow(): void {
    this.#tail = new Uint32Array(this.#pageLength * 2);
    this.#pages[this.pageOf(this.#length)] = this.#tail;
  }

  /** The last page becomes one that can be pushed to: full length, shared with no other table. */
  #thawTail(): void {
    if (this.#stride !== undefined) return;
    const page = this.#pages.at(-1);
    if (page === undefined) return;
    this.#tail = new Uint32Array(this.#pageLength * 2);
    this.#tail.set(page.subarray(0, this.#pageLength * 2));
    this.#pages[this.#pages.length - 1] = this.#tail;
  }

  #refuse(offset: number): never {
    throw new NthrecError(
      "NTH_CORRUPTION",
      `record ${this.#length} would begin at byte ${offset}, which is not behind byte ${this.#last}`,
      { index: this.#length, offset },
    );
  }
}
