import type { StoreEntry } from "@nthrec/core";
import { type BlobMode, modeTraits } from "../blob/mode.ts";
import { placeEntry } from "../blob/open-store.ts";
import { soughtPosition } from "../blob/position.ts";
import { sliceIndices } from "../blob/slice-indices.ts";
import { runNow, runSoon } from "../blob/twofold.ts";
import type { RowIndices } from "../stream/batch.ts";
import type { DbFolder } from "./db-folder.ts";
import { DbHandle } from "./db-handle.ts";
import { DbPlace } from "./db-place.ts";
import type { ColumnsInput } from "./encode-rows.ts";
import type { Schema } from "./schema.ts";
import type { Columns, SelectOptions, TensorDBOptions } from "./tensor-db-options.ts";

/**
 * A database of tensors: named columns of which each is a blob, and rows that are whole or not there. One commit
 * publishes all columns, so that a crash between two of them never misaligns rows.
 */
export class TensorDB
  implements AsyncIterable<Columns>, Iterable<Columns>, AsyncDisposable, Disposable
{
  readonly #handle: DbHandle;

  private constructor(handle: DbHandle) {
    this.#handle = handle;
  }

  /**
   * Opens a database; the modes are those of a blob. In mode w the old one stays until the first write or the close.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND` in modes other than w, `NTH_INVALID_VALUE` for a new one without
   * schema, `NTH_CORRUPTION`, `NTH_LOCKED`, `NTH_READONLY`, `NTH_IO_ERROR`; {@link TypeError} for no mode
   */
  static async open(
    place: string | URL | StoreEntry,
    mode: BlobMode | (string & {}) = "r",
    options: TensorDBOptions = {},
  ): Promise<TensorDB> {
    const handle = new DbHandle(placeEntry(place), modeTraits(mode), options);
    await runSoon(handle.open());
    return new TensorDB(handle);
  }

  /** {@link TensorDB.open}, before it returns. */
  static openSync(
    place: string | URL | StoreEntry,
    mode: BlobMode | (string & {}) = "r",
    options: TensorDBOptions = {},
  ): TensorDB {
    const handle = new DbHandle(placeEntry(place), modeTraits(mode), options);
    runNow(handle.open());
    return new TensorDB(handle);
  }

  /**
   * Removes a database; answers `true`, also where there was none.
   *
   * @throws {@link NthrecError} `NTH_CORRUPTION` when its configuration does not tell its columns, and nothing is removed;
   * `NTH_IO_ERROR` when its folder holds what is not the database's, `NTH_INVALID_VALUE` when a column's does;
   * `NTH_LOCKED`, `NTH_READONLY`
   */
  static async unlink(place: string | URL | StoreEntry): Promise<boolean> {
    await runSoon(new DbPlace(placeEntry(place)).unlink());
    return true;
  }

  /** {@link TensorDB.unlink}, before it returns. */
  static unlinkSync(place: string | URL | StoreEntry): boolean {
    runNow(new DbPlace(placeEntry(place)).unlink());
    return true;
  }

  /**
   * Removes block files that no state names, which stopped programs left; answers them, as column and name. Opening
   * for writing does so with those older than ten minutes.
   *
   * @param options `minimumAgeMs`: how old they must be; 0 is safe only while the original does not write. @default 0
   */
  static async sweep(
    place: string | URL | StoreEntry,
    { minimumAgeMs = 0 }: { readonly minimumAgeMs?: number | undefined } = {},
  ): Promise<readonly string[]> {
    const sweep = (folder: DbFolder) => folder.sweep(folder.schema(), minimumAgeMs);
    return await runSoon(new DbPlace(placeEntry(place)).locked(sweep));
  }

  /** Path or URL of the database. */
  get name(): string {
    return this.#handle.name;
  }

  get mode(): BlobMode {
    return this.#handle.traits.mode;
  }

  /** The columns, in the order of their names. */
  get schema(): Schema {
    return this.#handle.schema;
  }

  /** Rows. */
  get length(): number {
    return this.#handle.length;
  }

  get closed(): boolean {
    return this.#handle.closed;
  }

  /** Number of the row that the next read or write is about. */
  tell(): number {
    return this.#handle.position;
  }

  /** Moves the position, and answers it: at most to the end, at least to the beginning. */
  seek(offset: number, whence: 0 | 1 | 2 = 0): number {
    const { position, length } = this.#handle;
    this.#handle.position = soughtPosition(offset, whence, position, length);
    return this.#handle.position;
  }

  /** Reads up to `size` rows from the position on, which moves behind them; `null` at the end. */
  read(size?: number, options?: SelectOptions): Promise<Columns | null> {
    return runSoon(this.#handle.read(size, options));
  }

  /** {@link TensorDB.read}, before it returns. */
  readSync(size?: number, options?: SelectOptions): Columns | null {
    return runNow(this.#handle.read(size, options));
  }

  /** Reads one row: a tensor for each column. A negative number counts from the end. */
  get(index: number, options?: SelectOptions): Promise<Columns> {
    return runSoon(this.#handle.get(index, options));
  }

  /** {@link TensorDB.get}, before it returns. */
  getSync(index: number, options?: SelectOptions): Columns {
    return runNow(this.#handle.get(index, options));
  }

  /** Reads `[start, end)` with a step: Python's slices, negative numbers and steps included. */
  slice(start?: number, end?: number, step?: number, options?: SelectOptions): Promise<Columns> {
    return runSoon(this.#handle.gather(() => sliceIndices(this.length, start, end, step), options));
  }

  /** {@link TensorDB.slice}, before it returns. */
  sliceSync(start?: number, end?: number, step?: number, options?: SelectOptions): Columns {
    return runNow(this.#handle.gather(() => sliceIndices(this.length, start, end, step), options));
  }

  /** Reads the rows at `indices`, in their order; negative ones count from the end. */
  gather(indices: RowIndices, options?: SelectOptions): Promise<Columns> {
    return runSoon(this.#handle.gather(() => indices, options));
  }

  /** {@link TensorDB.gather}, before it returns. */
  gatherSync(indices: RowIndices, options?: SelectOptions): Columns {
    return runNow(this.#handle.gather(() => indices, options));
  }

  /**
   * Writes rows at the position, or at the end in modes a and a+, and publishes them in all columns at once. Answers
   * how many there were.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for a missing, unknown or ill-typed column, or columns of different
   * length; nothing is written then
   */
  write(rows: ColumnsInput): Promise<number> {
    return runSoon(this.#handle.write(rows));
  }

  /** {@link TensorDB.write}, before it returns. */
  writeSync(rows: ColumnsInput): number {
    return runNow(this.#handle.write(rows));
  }

  /** Keeps the rows before `position`; answers the new length. @param position @default the present one */
  truncate(position: number = this.tell()): Promise<number> {
    return runSoon(this.#handle.truncate(position));
  }

  /** {@link TensorDB.truncate}, before it returns. */
  truncateSync(position: number = this.tell()): number {
    return runNow(this.#handle.truncate(position));
  }

  /** Appends all rows of another database with the same columns, at once or not at all; answers how many. */
  extend(other: TensorDB): Promise<number> {
    return runSoon(this.#handle.extend(other.#handle));
  }

  /** {@link TensorDB.extend}, before it returns. */
  extendSync(other: TensorDB): number {
    return runNow(this.#handle.extend(other.#handle));
  }

  /** Publishes what mode w has not yet: that the old rows are gone. */
  flush(): Promise<void> {
    return runSoon(this.#handle.flush());
  }

  /** {@link TensorDB.flush}, before it returns. */
  flushSync(): void {
    runNow(this.#handle.flush());
  }

  /** Lets go of the database. Closing twice is no error. */
  close(): Promise<void> {
    return runSoon(this.#handle.close());
  }

  /** {@link TensorDB.close}, before it returns. */
  closeSync(): void {
    runNow(this.#handle.close());
  }

  /** The rows from the position on, which moves with them. */
  *[Symbol.iterator](): IterableIterator<Columns> {
    for (let next = this.readSync(1); next !== null; next = this.readSync(1)) yield rowOf(next);
  }

  /** The rows from the position on, which moves with them. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Columns> {
    for (let next = await this.read(1); next !== null; next = await this.read(1)) yield rowOf(next);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}

/** The one row of a batch of one. */
function rowOf(rows: Columns): Columns {
  return Object.fromEntries(Object.entries(rows).map(([name, tensor]) => [name, tensor.row(0)]));
}
