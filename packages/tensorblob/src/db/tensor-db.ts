import {
  acquireLock,
  acquireLockSync,
  type LiveStore,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import { type BlobMode, type ModeTraits, modeTraits } from "../blob/mode.ts";
import { placeEntry } from "../blob/open-store.ts";
import { soughtPosition } from "../blob/position.ts";
import { sliceIndices } from "../blob/slice-indices.ts";
import { act, type Course, runNow, runSoon } from "../blob/twofold.ts";
import { EMPTY_STAT } from "../folder/stat.ts";
import { type RowIndices, resolveIndices } from "../stream/batch.ts";
import type { TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import type { Tensor } from "../values/tensor.ts";
import { dataOf, type TensorInput } from "../values/tensor-input.ts";
import { DbFolder } from "./db-folder.ts";
import { DbSnapshot } from "./db-snapshot.ts";
import type { DbState } from "./db-state.ts";
import { type Schema, type SchemaInput, sameSchema, schemaOf } from "./schema.ts";

/** Rows of several columns: a tensor for each, of which the first dimension counts the rows. */
export type Columns = Readonly<Record<string, Tensor>>;

/** Rows to be written: for each column whole tensors, as many in each. */
export type ColumnsInput = Readonly<Record<string, TensorInput>>;

/** Options of {@link TensorDB.open}. */
export interface TensorDBOptions {
  /** The columns, of a database that is made. */
  readonly schema?: SchemaInput | undefined;
  /** Rows in a block file, of a database that is made. @default 8192 */
  readonly blockSize?: number | undefined;
  /** How far a write's promise goes: through a crash of the process, or of the machine. @default "process" */
  readonly durability?: "process" | "disk" | undefined;
  /** Longest wait for another writer, ms. @default 10000 */
  readonly lockTimeoutMs?: number | undefined;
  /** Block files kept open at a time, for each column. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
}

/** Which columns a read answers with. */
export interface SelectOptions {
  /** Names of columns; the others are not touched. @default all */
  readonly columns?: readonly string[] | undefined;
}

/**
 * A database of tensors: named columns of which each is a blob, and rows that are whole or not there. One commit
 * publishes all columns, so that a crash between two of them never misaligns rows.
 */
export class TensorDB
  implements AsyncIterable<Columns>, Iterable<Columns>, AsyncDisposable, Disposable
{
  readonly name: string;
  readonly #entry: StoreEntry;
  readonly #traits: ModeTraits;
  readonly #options: TensorDBOptions;
  #schema: Schema = new Map();
  #snapshot: DbSnapshot | undefined;
  /** The rows as this writer left them. */
  #length = 0;
  /** Whether the database is still to be replaced. */
  #replaces: boolean;
  #stale = false;
  #position = 0;
  #closed = false;

  private constructor(entry: StoreEntry, traits: ModeTraits, options: TensorDBOptions) {
    this.#entry = entry;
    this.#traits = traits;
    this.#options = options;
    this.#replaces = traits.replaces;
    this.name = `${entry.store.name}/${entry.name}`;
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
    const db = new TensorDB(placeEntry(place), modeTraits(mode), options);
    await runSoon(db.#opening());
    return db;
  }

  /** {@link TensorDB.open}, before it returns. */
  static openSync(
    place: string | URL | StoreEntry,
    mode: BlobMode | (string & {}) = "r",
    options: TensorDBOptions = {},
  ): TensorDB {
    const db = new TensorDB(placeEntry(place), modeTraits(mode), options);
    runNow(db.#opening());
    return db;
  }

  /**
   * Removes a database; answers `true`, also where there was none.
   *
   * @throws {@link NthrecError} `NTH_CORRUPTION` when its configuration does not tell its columns, and nothing is removed;
   * `NTH_IO_ERROR` when its folder holds what is not the database's, `NTH_INVALID_VALUE` when a column's does;
   * `NTH_LOCKED`, `NTH_READONLY`
   */
  static async unlink(place: string | URL | StoreEntry): Promise<boolean> {
    const db = new TensorDB(placeEntry(place), modeTraits("w"), {});
    await runSoon(db.#unlinking());
    return true;
  }

  /** {@link TensorDB.unlink}, before it returns. */
  static unlinkSync(place: string | URL | StoreEntry): boolean {
    const db = new TensorDB(placeEntry(place), modeTraits("w"), {});
    runNow(db.#unlinking());
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
    const db = new TensorDB(placeEntry(place), modeTraits("r+"), {});
    return await runSoon(db.#locked((folder) => folder.sweep(folder.schema(), minimumAgeMs)));
  }

  get mode(): BlobMode {
    return this.#traits.mode;
  }

  /** The columns, in the order of their names. */
  get schema(): Schema {
    return this.#schema;
  }

  /** Rows. */
  get length(): number {
    this.#checkOpen();
    return this.#traits.writable ? this.#length : (this.#snapshot as DbSnapshot).length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Number of the row that the next read or write is about. */
  tell(): number {
    this.#checkOpen();
    return this.#position;
  }

  /** Moves the position, and answers it: at most to the end, at least to the beginning. */
  seek(offset: number, whence: 0 | 1 | 2 = 0): number {
    this.#position = soughtPosition(offset, whence, this.#position, this.length);
    return this.#position;
  }

  /** Reads up to `size` rows from the position on, which moves behind them; `null` at the end. */
  read(size?: number, options?: SelectOptions): Promise<Columns | null> {
    return runSoon(this.#reading(size, options));
  }

  /** {@link TensorDB.read}, before it returns. */
  readSync(size?: number, options?: SelectOptions): Columns | null {
    return runNow(this.#reading(size, options));
  }

  /** Reads one row: a tensor for each column. A negative number counts from the end. */
  get(index: number, options?: SelectOptions): Promise<Columns> {
    return runSoon(this.#getting(index, options));
  }

  /** {@link TensorDB.get}, before it returns. */
  getSync(index: number, options?: SelectOptions): Columns {
    return runNow(this.#getting(index, options));
  }

  /** Reads `[start, end)` with a step: Python's slices, negative numbers and steps included. */
  slice(start?: number, end?: number, step?: number, options?: SelectOptions): Promise<Columns> {
    return runSoon(this.#gathering(() => sliceIndices(this.length, start, end, step), options));
  }

  /** {@link TensorDB.slice}, before it returns. */
  sliceSync(start?: number, end?: number, step?: number, options?: SelectOptions): Columns {
    return runNow(this.#gathering(() => sliceIndices(this.length, start, end, step), options));
  }

  /** Reads the rows at `indices`, in their order; negative ones count from the end. */
  gather(indices: RowIndices, options?: SelectOptions): Promise<Columns> {
    return runSoon(this.#gathering(() => indices, options));
  }

  /** {@link TensorDB.gather}, before it returns. */
  gatherSync(indices: RowIndices, options?: SelectOptions): Columns {
    return runNow(this.#gathering(() => indices, options));
  }

  /**
   * Writes rows at the position, or at the end in modes a and a+, and publishes them in all columns at once. Answers
   * how many there were.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for a missing, unknown or ill-typed column, or columns of different
   * length; nothing is written then
   */
  write(rows: ColumnsInput): Promise<number> {
    return runSoon(this.#writing(rows));
  }

  /** {@link TensorDB.write}, before it returns. */
  writeSync(rows: ColumnsInput): number {
    return runNow(this.#writing(rows));
  }

  /** Keeps the rows before `position`; answers the new length. @param position @default the present one */
  truncate(position: number = this.tell()): Promise<number> {
    return runSoon(this.#truncating(position));
  }

  /** {@link TensorDB.truncate}, before it returns. */
  truncateSync(position: number = this.tell()): number {
    return runNow(this.#truncating(position));
  }

  /** Appends all rows of another database with the same columns, at once or not at all; answers how many. */
  extend(other: TensorDB): Promise<number> {
    return runSoon(this.#extending(other));
  }

  /** {@link TensorDB.extend}, before it returns. */
  extendSync(other: TensorDB): number {
    return runNow(this.#extending(other));
  }

  /** Publishes what mode w has not yet: that the old rows are gone. */
  flush(): Promise<void> {
    return runSoon(this.#flushing());
  }

  /** {@link TensorDB.flush}, before it returns. */
  flushSync(): void {
    runNow(this.#flushing());
  }

  /** Lets go of the database. Closing twice is no error. */
  close(): Promise<void> {
    return runSoon(this.#closing());
  }

  /** {@link TensorDB.close}, before it returns. */
  closeSync(): void {
    runNow(this.#closing());
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

  // ---- courses ---------------------------------------------------------------------------------------------

  *#opening(): Course<void> {
    const { writable, appends } = this.#traits;
    if (!this.#replaces) {
      this.#snapshot = yield* this.#openSnapshot();
      this.#schema = this.#snapshot.schema;
      this.#length = this.#snapshot.length;
    }
    if (!writable) return;
    if (this.#replaces) {
      this.#schema = this.#schemaToMake();
    } else {
      this.#length = yield* this.#locked((folder) => {
        folder.sweep(this.#schema);
        return folder.settle(this.#schema).length;
      });
      this.#stale = true;
    }
    if (appends) this.#position = this.#length;
  }

  #openSnapshot(): Course<DbSnapshot> {
    const { store, name } = this.#entry;
    return DbSnapshot.open(store, name, this.#options.maxCachedBlocks);
  }

  /** The published state, with everything that was written. */
  *#current(): Course<DbSnapshot> {
    this.#checkOpen();
    yield* this.#flushing();
    if (this.#snapshot === undefined || this.#stale) {
      yield* this.#snapshot?.close() ?? nothing();
      this.#snapshot = yield* this.#openSnapshot();
      this.#stale = false;
      if (this.#traits.writable) this.#length = this.#snapshot.length;
    }
    return this.#snapshot;
  }

  *#reading(size: number | undefined, options?: SelectOptions): Course<Columns | null> {
    this.#checkOpen();
    if (!this.#traits.readable) {
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `${this.name} is open in mode ${this.mode}, which does not read`,
        {
          source: this.name,
        },
      );
    }
    if (size !== undefined && !(Number.isInteger(size) && size >= 0)) {
      throw new TypeError(`${size} is no number of rows`);
    }
    const { length } = yield* this.#current();
    const start = this.#position;
    const end = Math.min(length, start + (size ?? length));
    if (size !== 0 && end <= start) return null;
    const rows = yield* this.#each(options, (reader) =>
      act(
        () => reader.readRange(start, end),
        () => reader.readRangeSync(start, end),
      ),
    );
    this.#position = end;
    return rows;
  }

  *#getting(index: number, options?: SelectOptions): Course<Columns> {
    const { length } = yield* this.#current();
    const [place = 0] = resolveIndices([index], length, this.name);
    return yield* this.#each(options, (reader) =>
      act(
        () => reader.get(place),
        () => reader.getSync(place),
      ),
    );
  }

  *#gathering(indices: () => RowIndices, options?: SelectOptions): Course<Columns> {
    const { length } = yield* this.#current();
    const list = resolveIndices(indices(), length, this.name);
    return yield* this.#each(options, (reader) =>
      act(
        () => reader.gather(list),
        () => reader.gatherSync(list),
      ),
    );
  }

  /** Reads the same rows of every column that is wanted. */
  *#each(
    options: SelectOptions | undefined,
    read: (reader: TensorStreamReader) => Course<Tensor>,
  ): Course<Columns> {
    const snapshot = yield* this.#current();
    const rows: Record<string, Tensor> = {};
    for (const name of options?.columns ?? this.#schema.keys()) {
      rows[name] = yield* read(yield* snapshot.column(name));
    }
    return rows;
  }

  *#writing(rows: ColumnsInput): Course<number> {
    this.#checkWritable();
    const { count, bytes } = encodeRows(rows, this.#schema, this.name);
    const at = this.#traits.appends ? undefined : this.#position;
    const end = yield* this.#changing((folder, before) => {
      const index = Math.min(at ?? before.length, before.length);
      const inside = Math.min(count, before.length - index);
      const columns = new Map(
        [...this.#schema].map(([name, conf]) => {
          const column = folder.column(name);
          const own = bytes.get(name) as Uint8Array;
          const split = inside * conf.rowBytes;
          const stat = before.columns.get(name) ?? EMPTY_STAT;
          const changed = column.overwrite(conf, stat, index, own.subarray(0, split));
          return [name, column.append(conf, changed, own.subarray(split))] as const;
        }),
      );
      const length = Math.max(before.length, index + count);
      return { state: { length, columns }, answer: index + count };
    });
    this.#position = end;
    return count;
  }

  *#truncating(position: number): Course<number> {
    this.#checkWritable();
    if (!(Number.isInteger(position) && position >= 0)) {
      throw new NthrecError("NTH_OUT_OF_RANGE", `rows cannot be cut before row ${position}`, {
        source: this.name,
      });
    }
    yield* this.#changing((folder, before) => {
      const length = Math.min(position, before.length);
      return { state: folder.cut(before, this.#schema, length), answer: length };
    });
    this.#position = Math.min(this.#position, this.#length);
    return this.#length;
  }

  *#extending(other: TensorDB): Course<number> {
    this.#checkWritable();
    if (!sameSchema(this.#schema, other.#schema)) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${other.name} has other columns than ${this.name}, or columns of other types`,
        { source: this.name },
      );
    }
    const { length } = yield* other.#current();
    if (length === 0) return 0;
    const rows = yield* other.#each(undefined, (reader) =>
      act(
        () => reader.readRange(0, length),
        () => reader.readRangeSync(0, length),
      ),
    );
    const position = this.#position;
    this.#position = this.#length;
    yield* this.#writing(rows);
    if (!this.#traits.appends) this.#position = position;
    return length;
  }

  /** Makes a new state of the one that is published, under the lock, and publishes it. */
  *#changing<T>(
    stage: (folder: DbFolder, before: DbState) => { readonly state: DbState; readonly answer: T },
  ): Course<T> {
    yield* this.#flushing();
    return yield* this.#locked((folder) => {
      const before = folder.settle(this.#schema);
      const { state, answer } = staged(folder, () => stage(folder, before));
      folder.commit(before, state);
      this.#length = state.length;
      this.#stale = true;
      return answer;
    });
  }

  /** Replaces the database by an empty one, where mode w has not done so yet. */
  *#flushing(): Course<void> {
    this.#checkOpen();
    if (!this.#replaces) return;
    yield* this.#locked((folder) => folder.replace(this.#schema));
    this.#replaces = false;
    this.#length = 0;
    this.#stale = true;
  }

  *#closing(): Course<void> {
    if (this.#closed) return;
    yield* this.#flushing();
    this.#closed = true;
    yield* this.#snapshot?.close() ?? nothing();
  }

  *#locked<T>(work: (folder: DbFolder) => T): Course<T> {
    const { store, name } = this.#live;
    const lock = store.lock(`${name}.lock`);
    const { lockTimeoutMs: timeoutMs, durability } = this.#options;
    yield* act(
      () => acquireLock(lock, { timeoutMs }),
      () => acquireLockSync(lock, { timeoutMs }),
    );
    const folder = new DbFolder(store, name, durability === "disk");
    try {
      return work(folder);
    } finally {
      folder.closeSync();
      lock.release();
    }
  }

  *#unlinking(): Course<void> {
    const { store, name } = this.#live;
    const folder = new DbFolder(store, name);
    if (folder.exists) yield* this.#locked((locked) => locked.unlink());
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  get #live(): StoreEntry<LiveStore> {
    const { store, name } = this.#entry;
    if (typeof (store as Partial<LiveStore>).editSync === "function") {
      return { store: store as LiveStore, name };
    }
    throw new NthrecError("NTH_READONLY", `${this.name} can only be read`, { source: this.name });
  }

  #schemaToMake(): Schema {
    const { schema, blockSize } = this.#options;
    if (schema !== undefined) return schemaOf(schema, blockSize);
    const { store, name } = this.#live;
    const folder = new DbFolder(store, name);
    if (folder.exists) return folder.schema();
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${this.name} does not exist: pass a schema to make it`,
      {
        source: this.name,
      },
    );
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (this.#traits.writable) return;
    throw new NthrecError(
      "NTH_READONLY",
      `${this.name} is open in mode ${this.mode}: use r+, w or a`,
      {
        source: this.name,
      },
    );
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new NthrecError("NTH_NOT_OPEN", `${this.name} is closed`, { source: this.name });
  }
}

function* nothing(): Course<void> {}

/** Does what only stages a state; a failure leaves nothing of it. */
function staged<T>(folder: DbFolder, work: () => T): T {
  try {
    return work();
  } catch (error) {
    folder.giveUp();
    throw error;
  }
}

/** The one row of a batch of one. */
function rowOf(rows: Columns): Columns {
  return Object.fromEntries(Object.entries(rows).map(([name, tensor]) => [name, tensor.row(0)]));
}

/** The bytes of rows for each column, all of them checked before anything is written. */
function encodeRows(
  rows: ColumnsInput,
  schema: Schema,
  name: string,
): { readonly count: number; readonly bytes: ReadonlyMap<string, Uint8Array> } {
  const refused = (reason: string, cause?: unknown): NthrecError =>
    new NthrecError("NTH_INVALID_VALUE", `rows of ${name}: ${reason}`, { source: name, cause });
  if (
    typeof rows !== "object" ||
    rows === null ||
    ArrayBuffer.isView(rows) ||
    Array.isArray(rows)
  ) {
    throw refused("pass an object with a tensor for each column");
  }
  const unknown = Object.keys(rows).find((column) => !schema.has(column));
  if (unknown !== undefined) throw refused(`there is no column ${JSON.stringify(unknown)}`);
  const bytes = new Map<string, Uint8Array>();
  let count: number | undefined;
  for (const [column, conf] of schema) {
    if (!Object.hasOwn(rows, column)) throw refused(`column ${column} is missing`);
    const data = dataOfColumn(rows[column] as TensorInput, conf.dtype, column, refused);
    const rowsHere = data.byteLength / conf.rowBytes;
    if (!Number.isInteger(rowsHere)) {
      throw refused(`${data.length} elements are no whole rows of column ${column}`);
    }
    count ??= rowsHere;
    if (count !== rowsHere) throw refused(`column ${column} has ${rowsHere} rows, others ${count}`);
    bytes.set(column, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { count: count ?? 0, bytes };
}

function dataOfColumn(
  value: TensorInput,
  dtype: Parameters<typeof dataOf>[1],
  column: string,
  refused: (reason: string, cause?: unknown) => NthrecError,
): ReturnType<typeof dataOf> {
  try {
    return dataOf(value, dtype);
  } catch (cause) {
    throw refused(`column ${column}: ${(cause as Error).message}`, cause);
  }
}
