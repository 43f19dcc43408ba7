import {
  type ByteSource,
  type ByteStore,
  isNthrecError,
  NthrecError,
  type SyncByteStore,
} from "@nthrec/core";
import { act, type Course } from "../blob/twofold.ts";
import { CONF_NAME } from "../folder/conf.ts";
import {
  openSnapshot,
  openSnapshotSync,
  pathOf,
  readAll,
  readAllSync,
  same,
} from "../folder/snapshot.ts";
import { type BlobStat, decodeStat, EMPTY_STAT, STAT_NAME } from "../folder/stat.ts";
import { folderOf } from "../folder/tensor-store.ts";
import { TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import { INTENT_SUFFIX } from "./db-folder.ts";
import { type DbState, decodeDbStat, decodeIntent } from "./db-state.ts";
import { decodeDbConf, type Schema } from "./schema.ts";

/** Readings of a state before a busy writer is given up on. */
const TRIES = 1000;

/** One state of a database, and the columns of it that were asked for. */
export class DbSnapshot {
  readonly schema: Schema;
  /** Rows. */
  readonly length: number;
  readonly #folder: ByteStore;
  readonly #columns: ReadonlyMap<string, BlobStat>;
  readonly #readers = new Map<string, TensorStreamReader>();
  readonly #maxCachedBlocks: number | undefined;

  private constructor(
    folder: ByteStore,
    schema: Schema,
    state: DbState,
    maxCachedBlocks: number | undefined,
  ) {
    this.#folder = folder;
    this.schema = schema;
    this.length = state.length;
    this.#columns = state.columns;
    this.#maxCachedBlocks = maxCachedBlocks;
  }

  /** Opens the state that is published now. Writers are not waited for: two readings must agree. */
  static *open(outer: ByteStore, name: string, maxCachedBlocks?: number): Course<DbSnapshot> {
    const folder = folderOf(outer, name);
    let conf = yield* bytesOf(folder, CONF_NAME);
    let before: Reading | undefined;
    for (let tries = 0; tries < TRIES; tries++) {
      const schema = decodeDbConf(conf, pathOf(folder, CONF_NAME));
      const after: Reading = yield* readState(outer, name, folder, schema);
      if (before?.files.every((file, i) => same(file, after.files[i])) === true) {
        return new DbSnapshot(folder, schema, decodeState(after, schema, folder), maxCachedBlocks);
      }
      // Another schema names other columns: what was read of the old ones is no state.
      before = same(after.conf, conf) ? after : undefined;
      conf = after.conf;
    }
    throw new NthrecError(
      "NTH_SOURCE_CHANGED",
      `${folder.name} changes faster than it can be read`,
      {
        source: folder.name,
      },
    );
  }

  /** The reader of a column, opened when it is first needed. @throws {@link NthrecError} `NTH_KEY_NOT_FOUND` */
  *column(name: string): Course<TensorStreamReader> {
    const known = this.#readers.get(name);
    if (known !== undefined) return known;
    const stat = this.#columns.get(name);
    if (stat === undefined) {
      throw new NthrecError(
        "NTH_KEY_NOT_FOUND",
        `${this.#folder.name} has no column ${JSON.stringify(name)}: it has ${[...this.schema.keys()].join(", ")}`,
        { source: this.#folder.name },
      );
    }
    const folder = folderOf(this.#folder, name);
    const options = {
      maxCachedBlocks: this.#maxCachedBlocks,
      stat: { length: this.length, blocks: stat.blocks },
    };
    const source = yield* act<ByteSource>(
      () =>
        isSync(folder)
          ? Promise.resolve(openSnapshotSync(folder, options))
          : openSnapshot(folder, options),
      () => openSnapshotSync(folder as SyncByteStore, options),
    );
    const reader = yield* act(
      () => TensorStreamReader.open(source, { closeSource: true }),
      () => TensorStreamReader.openSync(source as never, { closeSource: true }),
    );
    this.#readers.set(name, reader);
    return reader;
  }

  *close(): Course<void> {
    for (const reader of this.#readers.values()) {
      yield* act(
        () => reader.close(),
        () => reader.closeSync(),
      );
    }
    this.#readers.clear();
  }
}

/** The files that make up a state: an intent or nothing, the rows, and the columns in the schema's order. */
interface Reading {
  readonly intent: Uint8Array | undefined;
  readonly files: readonly (Uint8Array | undefined)[];
  /** The configuration, as it was after all others were read. */
  readonly conf: Uint8Array;
}

function* readState(
  outer: ByteStore,
  name: string,
  folder: ByteStore,
  schema: Schema,
): Course<Reading> {
  const intent = yield* maybeBytesOf(outer, name + INTENT_SUFFIX);
  const files: (Uint8Array | undefined)[] = [intent, yield* bytesOf(folder, STAT_NAME)];
  for (const column of schema.keys()) {
    // Columns may be missing while a database without rows is replaced.
    files.push(yield* maybeBytesOf(folderOf(folder, column), STAT_NAME));
  }
  // Last, so that none of what was read is of another schema.
  const conf = yield* bytesOf(folder, CONF_NAME);
  files.push(conf);
  return { intent, files, conf };
}

function decodeState({ intent, files }: Reading, schema: Schema, folder: ByteStore): DbState {
  const announced = intent && decodeIntent(intent, schema, folder.name);
  if (announced !== undefined) return announced;
  const [, told, ...stats] = files;
  const rows = decodeDbStat(told as Uint8Array, pathOf(folder, STAT_NAME));
  const columns = new Map<string, BlobStat>();
  for (const [i, [name, conf]] of [...schema].entries()) {
    const path = pathOf(folderOf(folder, name), STAT_NAME);
    columns.set(name, rows === 0 ? EMPTY_STAT : decodeStat(thereOf(stats[i], path), conf, path));
  }
  const lengths = [...columns.values()].map((stat) => stat.length);
  return { length: Math.min(rows, ...lengths), columns };
}

/** @throws {@link NthrecError} `NTH_DATA_LOST` for a file that is not there */
function thereOf(bytes: Uint8Array | undefined, path: string): Uint8Array {
  if (bytes !== undefined) return bytes;
  throw new NthrecError("NTH_DATA_LOST", `${path} is missing, and with it the rows of its column`, {
    source: path,
  });
}

function bytesOf(folder: ByteStore, name: string): Course<Uint8Array> {
  return act(
    () => (isSync(folder) ? Promise.resolve(readAllSync(folder, name)) : readAll(folder, name)),
    () => readAllSync(folder as SyncByteStore, name),
  );
}

function* maybeBytesOf(folder: ByteStore, name: string): Course<Uint8Array | undefined> {
  try {
    return yield* bytesOf(folder, name);
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return undefined;
    throw error;
  }
}

function isSync(store: ByteStore): store is SyncByteStore {
  return typeof (store as Partial<SyncByteStore>).openSync === "function";
}
