import type { LocalInput } from "@nthrec/core";
import { checkChoice, isNthrecError, NthrecError } from "@nthrec/core";
import { readerSettings } from "../options/reader-settings.ts";
import type { ArrayRecordReaderOptions } from "../records/array-record-options.ts";
import { ArrayRecordReader } from "../records/array-record-reader.ts";

/** How {@link ModuleReader} reads, beside the original's option string. */
export interface ModuleReaderOptions extends ArrayRecordReaderOptions {
  /** What `readRecord` does behind the last record: `null`, or `NTH_OUT_OF_RANGE`. @default "null" */
  readonly endOfFile?: "null" | "error" | undefined;
}

/**
 * A reader with the verbs of the original's Python module, which answer before they return: opening does not throw for what is
 * wrong with the file, `ok` tells. `await ArrayRecordReader.prepare()` first, for files that are compressed.
 */
export class ModuleReader implements Disposable {
  readonly #reader: ArrayRecordReader | undefined;
  /** Why nothing can be read any more. */
  #failure: unknown;
  readonly #ends: boolean;
  readonly #options: string | null;
  #next = 0;
  #closed = false;

  /**
   * @param optionString The original's reader options, `"index_storage_option:offloaded"`; those about reading ahead are checked, and have no effect here.
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for options that do not exist
   */
  constructor(path: LocalInput, optionString = "", options: ModuleReaderOptions = {}) {
    // Wrong options are the caller's mistake, a file that is no ArrayRecord is not.
    readerSettings({ ...options, optionString });
    checkChoice("endOfFile", options.endOfFile, ["null", "error"]);
    this.#ends = options.endOfFile === "error";
    try {
      this.#reader = ArrayRecordReader.openSync(path, { ...options, optionString });
    } catch (error) {
      if (!isNthrecError(error)) throw error;
      this.#failure = error;
    }
    this.#options = this.#reader?.writerOptions ?? null;
  }

  /** Whether the file is open, and `readRecord` met nothing that is wrong with it. */
  ok(): boolean {
    return this.#failure === undefined && !this.#closed;
  }

  /** Whether `close` was not called, even if opening failed. */
  isOpen(): boolean {
    return !this.#closed;
  }

  /** Closes the file; twice is no error, and neither is a file that something is wrong with. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.closeSync();
  }

  /** Records in the file; 0 when it is not open. */
  numRecords(): number {
    return this.ok() ? (this.#reader as ArrayRecordReader).length : 0;
  }

  /** Number of the record that `readRecord` reads next; reading by number does not move it. */
  recordIndex(): number {
    return this.#next;
  }

  /** The options that the file was written with, also after `close`; `null` when it does not say them. */
  writerOptionsString(): string | null {
    return this.#options;
  }

  /** Moves `readRecord` to a record; beyond the end, and below 0, is the end. */
  seek(index: number): void {
    const { length } = this.#open();
    if (!Number.isInteger(index)) throw new TypeError(`${index} is no record number`);
    this.#next = index >= 0 ? Math.min(index, length) : length;
  }

  /**
   * The next record. What is wrong with one is wrong with every later `readRecord`, as in the original: `ok` is false then.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE` behind the last one, with `endOfFile: "error"`
   */
  readRecord(): Uint8Array | null {
    const reader = this.#open();
    if (this.#next < reader.length) return this.#nextOf(reader);
    if (!this.#ends) return null;
    throw new NthrecError("NTH_OUT_OF_RANGE", `Out of range of num_records: ${reader.length}`);
  }

  /** {@link ModuleReader.readRecord}; records by their numbers; or those of `[begin, end)`, from the end where negative. */
  read(): Uint8Array | null;
  read(indices: Iterable<number>): Uint8Array[];
  read(begin: number, end: number): Uint8Array[];
  read(first?: Iterable<number> | number, end?: number): Uint8Array | Uint8Array[] | null {
    if (first === undefined) return this.readRecord();
    return typeof first === "number"
      ? this.readRange(first, end as number)
      : this.readIndices(first);
  }

  /** Records by their numbers, in the order asked for. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` before any is read */
  readIndices(indices: Iterable<number>): Uint8Array[] {
    const reader = this.#open();
    const list = [...indices];
    for (const index of list) {
      if (!Number.isInteger(index) || index < 0)
        throw new TypeError(`${index} is no record number`);
      if (index < reader.length) continue;
      const message = `index ${index} out of bound ${reader.length}`;
      throw new NthrecError("NTH_OUT_OF_RANGE", message, { index });
    }
    return reader.getManySync(list);
  }

  /** Records `[begin, end)`; negative numbers count from the end. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` */
  readRange(begin: number, end: number): Uint8Array[] {
    const reader = this.#open();
    if (!Number.isInteger(begin) || !Number.isInteger(end)) {
      throw new TypeError(`records are read from one number to another, not ${begin} to ${end}`);
    }
    const { length } = reader;
    const from = begin < 0 ? begin + length : begin;
    const to = end < 0 ? end + length : end;
    if (from < 0 || to > length || from >= to) {
      const message = `[${from}, ${to}) is of range of [0, ${length})`;
      throw new NthrecError("NTH_OUT_OF_RANGE", message);
    }
    return [...reader.slice(from, to)];
  }

  /** Every record. */
  readAll(): Uint8Array[] {
    return [...this.#open()];
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): ArrayRecordReader {
    if (this.#closed) throw new NthrecError("NTH_NOT_OPEN", "Object closed");
    if (this.#failure !== undefined) throw this.#failure;
    return this.#reader as ArrayRecordReader;
  }

  #nextOf(reader: ArrayRecordReader): Uint8Array {
    try {
      const record = reader.getSync(this.#next);
      this.#next++;
      return record;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
