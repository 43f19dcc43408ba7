import {
  acquireLock,
  acquireLockSync,
  type LiveStore,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import type { ModeTraits } from "../blob/mode.ts";
import { act, type Course } from "../blob/twofold.ts";
import { EMPTY_STAT } from "../folder/stat.ts";
import { type RowIndices, resolveIndices } from "../stream/batch.ts";
import type { TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import type { Tensor } from "../values/tensor.ts";
import { DbFolder } from "./db-folder.ts";
import { DbSnapshot } from "./db-snapshot.ts";
import type { DbState } from "./db-state.ts";
import { type ColumnsInput, encodeRows } from "./encode-rows.ts";
import { type Schema, sameSchema, schemaOf } from "./schema.ts";
import type { Columns, SelectOptions, TensorDBOptions } from "./tensor-db-options.ts";

/** An open database: its published state, how it is changed, and a position. Its verbs are courses, to be gone through soon or now. */
export class DbHandle {
  readonly name: string;
  readonly traits: ModeTraits;
  readonly #entry: StoreEntry;
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

  constructor(entry: StoreEntry, traits: ModeTraits, options: TensorDBOptions) {
    this.#entry = entry;
    this.traits = traits;
    this.#options = options;
    this.#replaces = traits.replaces;
    this.name = `${entry.store.name}/${entry.name}`;
  }

  get schema(): Schema {
    return this.#schema;
  }

  get length(): number {
    this.checkOpen();
    return this.traits.writable ? this.#length : (this.#snapshot as DbSnapshot).length;
  }

  /** Number of the row that the next read or write is about. */
  get position(): number {
    this.checkOpen();
    return this.#position;
  }

  set position(position: number) {
    this.#position = position;
  }

  get closed(): boolean {
    return this.#closed;
  }

  *open(): Course<void> {
    const { writable, appends } = this.traits;
    if (!this.#replaces) {
      this.#snapshot = yield* this.#openSnapshot();
      this.#schema = this.#snapshot.schema;
      this.#length = this.#snapshot.length;
    }
    if (!writable) return;
    if (this.#replaces) {
      this.#schema = this.#schemaToMake();
    } else {
      this.#length = yield* this.locked((folder) => {
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
    this.checkOpen();
    yield* this.flush();
    if (this.#snapshot === undefined || this.#stale) {
      yield* this.#snapshot?.close() ?? nothing();
      this.#snapshot = yield* this.#openSnapshot();
      this.#stale = false;
      if (this.traits.writable) this.#length = this.#snapshot.length;
    }
    return this.#snapshot;
  }

  *read(size: number | undefined, options?: SelectOptions): Course<Columns | null> {
    this.checkOpen();
    if (!this.traits.readable) {
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `${this.name} is open in mode ${this.traits.mode}, which does not read`,
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

  *get(index: number, options?: SelectOptions): Course<Columns> {
    const { length } = yield* this.#current();
    const [place = 0] = resolveIndices([index], length, this.name);
    return yield* this.#each(options, (reader) =>
      act(
        () => reader.get(place),
        () => reader.getSync(place),
      ),
    );
  }

  *gather(indices: () => RowIndices, options?: SelectOptions): Course<Columns> {
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

  *write(rows: ColumnsInput): Course<number> {
    this.#checkWritable();
    const { count, bytes } = encodeRows(rows, this.#schema, this.name);
    const at = this.traits.appends ? undefined : this.#position;
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

  *truncate(position: number): Course<number> {
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

  *extend(other: DbHandle): Course<number> {
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
    yield* this.write(rows);
    if (!this.traits.appends) this.#position = position;
    return length;
  }

  /** Makes a new state of the one that is published, under the lock, and publishes it. */
  *#changing<T>(
    stage: (folder: DbFolder, before: DbState) => { readonly state: DbState; readonly answer: T },
  ): Course<T> {
    yield* this.flush();
    return yield* this.locked((folder) => {
      const before = folder.settle(this.#schema);
      const { state, answer } = staged(folder, () => stage(folder, before));
      folder.commit(before, state);
      this.#length = state.length;
      this.#stale = true;
      return answer;
    });
  }

  /** Replaces the database by an empty one, where mode w has not done so yet. */
  *flush(): Course<void> {
    this.checkOpen();
    if (!this.#replaces) return;
    yield* this.locked((folder) => folder.replace(this.#schema));
    this.#replaces = false;
    this.#length = 0;
    this.#stale = true;
  }

  *close(): Course<void> {
    if (this.#closed) return;
    yield* this.flush();
    this.#closed = true;
    yield* this.#snapshot?.close() ?? nothing();
  }

  *locked<T>(work: (folder: DbFolder) => T): Course<T> {
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

  *unlink(): Course<void> {
    const { store, name } = this.#live;
    const folder = new DbFolder(store, name);
    if (folder.exists) yield* this.locked((locked) => locked.unlink());
  }

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
    this.checkOpen();
    if (this.traits.writable) return;
    throw new NthrecError(
      "NTH_READONLY",
      `${this.name} is open in mode ${this.traits.mode}: use r+, w or a`,
      {
        source: this.name,
      },
    );
  }

  checkOpen(): void {
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
