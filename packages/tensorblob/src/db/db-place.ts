import {
  acquireLock,
  acquireLockSync,
  checkChoice,
  type LiveStore,
  NthrecError,
  type StoreEntry,
} from "@nthrec/core";
import { act, type Course } from "../blob/twofold.ts";
import { DbFolder } from "./db-folder.ts";
import { DbSnapshot } from "./db-snapshot.ts";
import { type Schema, schemaOf } from "./schema.ts";
import type { TensorDBOptions } from "./tensor-db-options.ts";

/** Where a database is, or will be, and how it is opened there. */
export class DbPlace {
  readonly name: string;
  readonly #entry: StoreEntry;
  readonly #options: TensorDBOptions;

  constructor(entry: StoreEntry, options: TensorDBOptions = {}) {
    checkChoice("durability", options.durability, ["process", "disk"]);
    this.#entry = entry;
    this.#options = options;
    this.name = `${entry.store.name}/${entry.name}`;
  }

  /** The published state. */
  snapshot(): Course<DbSnapshot> {
    const { store, name } = this.#entry;
    return DbSnapshot.open(store, name, this.#options.maxCachedBlocks);
  }

  /** Does something to the folder that must not wait, holding the lock of its writers. */
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
    if (this.#folder.exists) yield* this.locked((locked) => locked.unlink());
  }

  /** The columns of a database that takes the place of whatever is there. */
  schemaToMake(): Schema {
    const { schema, blockSize } = this.#options;
    if (schema !== undefined) return schemaOf(schema, blockSize);
    const folder = this.#folder;
    if (folder.exists) return folder.schema();
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${this.name} does not exist: pass a schema to make it`,
      { source: this.name },
    );
  }

  get #folder(): DbFolder {
    const { store, name } = this.#live;
    return new DbFolder(store, name);
  }

  get #live(): StoreEntry<LiveStore> {
    const { store, name } = this.#entry;
    if (typeof (store as Partial<LiveStore>).editSync === "function") {
      return { store: store as LiveStore, name };
    }
    throw new NthrecError("NTH_READONLY", `${this.name} can only be read`, { source: this.name });
  }
}
