import { NthrecError, type StoreEntry } from "@nthrec/core";
import { Handle } from "../blob/handle.ts";
import type { ModeTraits } from "../blob/mode.ts";
import { act, type Course } from "../blob/twofold.ts";
import { EMPTY_STAT } from "../folder/stat.ts";
import { type RowIndices, resolveIndices } from "../stream/batch.ts";
import type { TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import type { Tensor } from "../values/tensor.ts";
import type { DbFolder } from "./db-folder.ts";
import { DbPlace } from "./db-place.ts";
import type { DbSnapshot } from "./db-snapshot.ts";
import type { DbState } from "./db-state.ts";
import { type ColumnsInput, encodeRows } from "./encode-rows.ts";
import { type Schema, sameSchema } from "./schema.ts";
import type { Columns, SelectOptions, TensorDBOptions } from "./tensor-db-options.ts";

/** An open database: its published state, how it is changed, and a position. Its verbs are courses, to be gone through soon or now. */
export class DbHandle extends Handle {
  readonly name: string;
  protected override readonly _unit: string = "rows";
  readonly #place: DbPlace;
  #schema: Schema = new Map();
  #snapshot: DbSnapshot | undefined;
  /** The rows as this writer left them. */
  #length = 0;
  /** Whether the database is still to be replaced. */
  #replaces: boolean;
  #stale = false;

  constructor(entry: StoreEntry, traits: ModeTraits, options: TensorDBOptions) {
    super(traits);
    this.#place = new DbPlace(entry, options);
    this.#replaces = traits.replaces;
    this.name = this.#place.name;
  }

  get schema(): Schema {
    return this.#schema;
  }

  get length(): number {
    this.checkOpen();
    return this.traits.writable ? this.#length : (this.#snapshot as DbSnapshot).length;
  }

  *open(): Course<void> {
    const { writable, appends } = this.traits;
    if (!this.#replaces) {
      this.#snapshot = yield* this.#place.snapshot();
      this.#schema = this.#snapshot.schema;
      this.#length = this.#snapshot.length;
    }
    if (!writable) return;
    if (this.#replaces) {
      this.#schema = this.#place.schemaToMake();
    } else {
      this.#length = yield* this.#place.locked((folder) => {
        folder.sweep(this.#schema);
        return folder.settle(this.#schema).length;
      });
      this.#stale = true;
    }
    if (appends) this.position = this.#length;
  }

  /** The published state, with everything that was written. */
  *#current(): Course<DbSnapshot> {
    this.checkOpen();
    yield* this.flush();
    if (this.#snapshot === undefined || this.#stale) {
      yield* this.#snapshot?.close() ?? nothing();
      this.#snapshot = yield* this.#place.snapshot();
      this.#stale = false;
      if (this.traits.writable) this.#length = this.#snapshot.length;
    }
    return this.#snapshot;
  }

  *read(size: number | undefined, options?: SelectOptions): Course<Columns | null> {
    this._checkRead(size);
    const { length } = yield* this.#current();
    const range = this._rangeOf(size, length);
    if (range === undefined) return null;
    const { start, end } = range;
    const rows = yield* this.#each(options, (reader) =>
      act(
        () => reader.readRange(start, end),
        () => reader.readRangeSync(start, end),
      ),
    );
    this.position = end;
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
    this._checkWritable();
    const { count, bytes } = encodeRows(rows, this.#schema, this.name);
    const at = this.traits.appends ? undefined : this.position;
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
    this.position = end;
    return count;
  }

  *truncate(position: number): Course<number> {
    this._checkCut(position);
    yield* this.#changing((folder, before) => {
      const length = Math.min(position, before.length);
      return { state: folder.cut(before, this.#schema, length), answer: length };
    });
    this.position = Math.min(this.position, this.#length);
    return this.#length;
  }

  *extend(other: DbHandle): Course<number> {
    this._checkWritable();
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
    const position = this.position;
    this.position = this.#length;
    yield* this.write(rows);
    if (!this.traits.appends) this.position = position;
    return length;
  }

  /** Makes a new state of the one that is published, under the lock, and publishes it. */
  *#changing<T>(
    stage: (folder: DbFolder, before: DbState) => { readonly state: DbState; readonly answer: T },
  ): Course<T> {
    yield* this.flush();
    return yield* this.#place.locked((folder) => {
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
    yield* this.#place.locked((folder) => folder.replace(this.#schema));
    this.#replaces = false;
    this.#length = 0;
    this.#stale = true;
  }

  *close(): Course<void> {
    if (this.closed) return;
    yield* this.flush();
    this._markClosed();
    yield* this.#snapshot?.close() ?? nothing();
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
