import { isNthrecError, type LiveStore } from "@nthrec/core";
import { BlobFolder } from "../folder/blob-folder.ts";
import { CONF_NAME } from "../folder/conf.ts";
import { pathOf, readAllSync, same, tryReadAllSync } from "../folder/snapshot.ts";
import { type BlobStat, EMPTY_STAT, STAT_NAME, uuid } from "../folder/stat.ts";
import { folderOf } from "../folder/tensor-store.ts";
import {
  type DbState,
  decodeDbStat,
  decodeIntent,
  encodeDbStat,
  encodeIntent,
} from "./db-state.ts";
import { decodeDbConf, encodeDbConf, type Schema } from "./schema.ts";

/** What follows the database's name in the name of an intent, which lies beside it. */
export const INTENT_SUFFIX = ".intent";

/** A database's folder, changed under its lock: one blob a column, and one commit for all of them. */
export class DbFolder {
  readonly name: string;
  readonly #outer: LiveStore;
  readonly #entry: string;
  readonly #folder: LiveStore;
  readonly #durable: boolean;

  constructor(outer: LiveStore, entry: string, durable = false) {
    this.#outer = outer;
    this.#entry = entry;
    this.#folder = folderOf(outer, entry) as LiveStore;
    this.#durable = durable;
    this.name = this.#folder.name;
  }

  get exists(): boolean {
    return this.#folder.statSync(CONF_NAME) !== undefined;
  }

  /** @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_CORRUPTION` */
  schema(): Schema {
    return decodeDbConf(readAllSync(this.#folder, CONF_NAME), pathOf(this.#folder, CONF_NAME));
  }

  /** The folder of one column. */
  column(name: string): BlobFolder {
    return new BlobFolder(folderOf(this.#folder, name) as LiveStore, this.#durable);
  }

  /** Brings the columns into one state, after whatever stopped the writer before, and answers it. */
  settle(schema: Schema): DbState {
    const intent = tryReadAllSync(this.#outer, this.#entry + INTENT_SUFFIX);
    const announced = intent && decodeIntent(intent, schema, this.name);
    if (announced !== undefined) {
      this.#tell(announced);
      return announced;
    }
    const told = decodeDbStat(
      readAllSync(this.#folder, STAT_NAME),
      pathOf(this.#folder, STAT_NAME),
    );
    const columns = new Map<string, BlobStat>();
    for (const [name, conf] of schema) columns.set(name, this.column(name).stat(conf));
    const length = Math.min(told, ...[...columns.values()].map((stat) => stat.length));
    // Rows that not every column has are none: the original's writers leave such when they fail.
    const cut = new Map(
      [...columns].map(([name, stat]) => [name, { length, blocks: stat.blocks }] as const),
    );
    const even = told === length && [...columns.values()].every((stat) => stat.length === length);
    const state = { length, columns: cut };
    if (!even) this.commit(state, state);
    return state;
  }

  /** Publishes a state of all columns at once, and removes what only the state before needed. */
  commit(before: DbState, after: DbState): void {
    if (this.#durable) for (const name of after.columns.keys()) this.column(name).flushSync();
    this.#write(this.#outer, this.#entry + INTENT_SUFFIX, encodeIntent(after));
    this.#tell(after);
    for (const [name, { blocks }] of before.columns) {
      const kept = new Set(after.columns.get(name)?.blocks);
      this.column(name).drop(blocks.filter((block) => !kept.has(block)));
    }
  }

  /** Makes an empty database, in the place of any other. */
  replace(schema: Schema): DbState {
    const bytes = encodeDbConf(schema);
    if (!same(tryReadAllSync(this.#folder, CONF_NAME), bytes)) {
      this.#dropIntent();
      const old = this.#columnsThere();
      if (this.exists) this.#write(this.#folder, STAT_NAME, encodeDbStat(0));
      for (const name of old) {
        if (!schema.has(name)) this.#unlinkColumn(name);
      }
      for (const [name, conf] of schema) this.column(name).replace(conf, EMPTY_STAT);
      this.#write(this.#folder, STAT_NAME, encodeDbStat(0));
      this.#write(this.#folder, CONF_NAME, bytes);
    }
    return this.settle(schema);
  }

  /** Removes the database, in whatever state it is; files of others stay. */
  unlink(): void {
    this.#dropIntent();
    for (const name of this.#columnsThere()) this.#unlinkColumn(name);
    for (const name of [STAT_NAME, CONF_NAME]) this.#folder.removeSync(name);
    this.#outer.removeFolderSync?.(this.#entry);
  }

  #columnsThere(): string[] {
    try {
      return [...this.schema().keys()];
    } catch (error) {
      if (isNthrecError(error, "NTH_NOT_FOUND", "NTH_CORRUPTION", "NTH_NOT_SUPPORTED")) return [];
      throw error;
    }
  }

  #unlinkColumn(name: string): void {
    this.column(name).unlink();
    this.#folder.removeFolderSync?.(name);
  }

  #dropIntent(): void {
    this.#outer.removeSync(this.#entry + INTENT_SUFFIX);
  }

  /** Tells every column, then the database, its state; the intent goes when all know. */
  #tell({ length, columns }: DbState): void {
    for (const [name, stat] of columns) this.column(name).publish(stat);
    this.#write(this.#folder, STAT_NAME, encodeDbStat(length));
    this.#dropIntent();
  }

  /** Puts a small file in the place of another one. */
  #write(store: LiveStore, name: string, bytes: Uint8Array): void {
    const temp = `${name}.new-${uuid()}`;
    const file = store.editSync(temp, { create: true });
    try {
      file.writeSync(0, bytes);
      if (this.#durable) file.flushSync();
    } finally {
      file.closeSync();
    }
    store.renameSync(temp, name);
    if (this.#durable) store.flushSync?.();
  }
}
