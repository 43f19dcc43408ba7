import { NthrecError, notOpen } from "../errors.ts";
import { close, type StepPlan } from "../plan/step.ts";
import type { ByteSource } from "../source/byte-source.ts";
import {
  encodeHeader,
  HEADER_BYTES,
  headerDataSize,
  type IndexVerdict,
  judgeHeader,
} from "./idv1.ts";
import type { IndexEditor } from "./index-editor.ts";
import { type IndexReport, reportIndex, type VerifyLevel } from "./index-report.ts";
import type { OffsetTable } from "./offset-table.ts";
import type { PageCache } from "./page-cache.ts";
import { cut } from "./record-sequence.ts";

/** An index as it was opened. */
export interface OpenedIndex {
  readonly name: string;
  /** What the header begins with; `undefined` when there is none. */
  readonly magic: string | undefined;
  readonly table: OffsetTable;
  readonly pages: PageCache | undefined;
  /** Absent for reading. */
  readonly editor: IndexEditor | undefined;
  /** What is read from, if it is to be closed. */
  readonly source: ByteSource | undefined;
  /** The header as it is in the file, and the file's size. */
  readonly header: Uint8Array;
  readonly size: number;
}

/** The verbs of an index handler, as plans. */
export class IndexCore {
  readonly #index: OpenedIndex;
  #dataSize: number;
  #closed = false;

  constructor(index: OpenedIndex) {
    this.#index = index;
    this.#dataSize = index.header.length < HEADER_BYTES ? 0 : headerDataSize(index.header);
  }

  get name(): string {
    return this.#index.name;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get length(): number {
    return this.#open().table.length;
  }

  get dataSize(): number {
    return this.#dataSize;
  }

  /** Judges the header against the size of the data; while the index is written, as the next commit leaves it. */
  verdict(dataSize: number): IndexVerdict {
    const { editor, table, header, size } = this.#open();
    const magic = this.#magic();
    if (editor === undefined) return judgeHeader(header, size, dataSize, magic);
    const next = encodeHeader(this.#dataSize, magic);
    return judgeHeader(next, HEADER_BYTES + table.length * 8, dataSize, magic);
  }

  /** Sets what the next commit writes into the header. */
  state(dataSize: number): void {
    this.#magic();
    this.#writable();
    if (!Number.isSafeInteger(dataSize) || dataSize < 0) {
      throw new TypeError(`the size of the data is a number of bytes, not ${dataSize}`);
    }
    this.#dataSize = dataSize;
  }

  /** Refuses the number of an offset that does not exist. */
  check(index: number): void {
    const { length } = this;
    if (!Number.isInteger(index)) {
      throw new TypeError(`a record number is an integer, not ${String(index)}`);
    }
    if (index >= 0 && index < length) return;
    throw new NthrecError(
      "NTH_OUT_OF_RANGE",
      `offset ${index} does not exist: ${this.name} has ${length} offsets`,
      { source: this.name, index },
    );
  }

  /** Whether an offset is in memory. */
  has(index: number): boolean {
    return this.#index.pages?.has(index) ?? true;
  }

  /** An offset that is in memory. */
  at(index: number): number {
    const offset = this.#index.table.at(index);
    if (Number.isSafeInteger(offset)) return offset;
    throw new NthrecError(
      "NTH_INDEX_INVALID",
      `offset ${index} of ${this.name} is 2^53 or more: no file is that large`,
      { source: this.name, index },
    );
  }

  *read(index: number): StepPlan<number> {
    while (!this.has(index)) yield* (this.#index.pages as PageCache).load(index);
    return this.at(index);
  }

  *slice(start: number | undefined, end: number | undefined, step: number): StepPlan<number[]> {
    const sequence = cut({ start: 0, step: 1, count: this.length }, start, end, step);
    const offsets: number[] = [];
    for (let i = 0; i < sequence.count; i++) {
      offsets.push(yield* this.read(sequence.start + i * sequence.step));
    }
    return offsets;
  }

  *put(index: number, offset: number): StepPlan<void> {
    const editor = this.#writable();
    this.check(index);
    const { table } = this.#index;
    if (index > 0) yield* this.read(index - 1);
    yield* this.read(index);
    table.set(index, offset);
    editor.patch(table, index);
  }

  append(offset: number): number {
    this.#writable();
    const { table, magic } = this.#index;
    const { length } = table;
    const last = magic === undefined || length === 0 ? -1 : table.at(length - 1);
    if (!Number.isSafeInteger(offset) || offset <= last) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${offset} cannot be offset ${length} of ${this.name}: it is no whole number behind ${last}`,
        { source: this.name, index: length },
      );
    }
    table.push(offset);
    return length;
  }

  *verify(level: VerifyLevel, dataSize: number | undefined): StepPlan<IndexReport> {
    const { table, pages, magic } = this.#open();
    const size = dataSize ?? (magic === undefined ? Number.POSITIVE_INFINITY : this.#dataSize);
    const verdict =
      magic === undefined ? ({ state: "valid", reason: "" } as const) : this.verdict(size);
    return yield* reportIndex(verdict, table, pages, size, level);
  }

  *save(): StepPlan<void> {
    const { editor, table } = this.#open();
    if (editor !== undefined) yield* editor.save(table, this.#dataSize);
  }

  *close(): StepPlan<void> {
    if (this.#closed) return;
    const { editor, source } = this.#index;
    try {
      yield* this.save();
    } finally {
      this.#closed = true;
      editor?.close();
      if (source !== undefined) yield* close(source);
    }
  }

  #open(): OpenedIndex {
    if (this.#closed) throw notOpen(this.name);
    return this.#index;
  }

  #writable(): IndexEditor {
    const { editor } = this.#open();
    if (editor !== undefined) return editor;
    throw new NthrecError("NTH_READONLY", `${this.name} was opened for reading only`, {
      source: this.name,
    });
  }

  #magic(): string {
    const { magic } = this.#index;
    if (magic !== undefined) return magic;
    throw new NthrecError("NTH_NOT_SUPPORTED", `${this.name} was opened without a header`, {
      source: this.name,
    });
  }
}
