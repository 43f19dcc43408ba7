import { isNthrecError, type LiveStore, NthrecError } from "@nthrec/core";
import { BlobFolder } from "../folder/blob-folder.ts";
import { type BlobConf, CONF_NAME } from "../folder/conf.ts";
import { replaceFileSync, TEMP_INFIX } from "../folder/replace-file.ts";
import { pathOf, readAllSync, same, tryReadAllSync } from "../folder/snapshot.ts";
import { type BlobStat, EMPTY_STAT, STAT_NAME } from "../folder/stat.ts";
import { folderOf } from "../folder/tensor-store.ts";
import { sameLayout } from "../values/layout.ts";
import {
  type DbState,
  decodeDbStat,
  decodeIntent,
  encodeDbStat,
  encodeIntent,
} from "./db-state.ts";
import { checkFiles, filesBeside, removeBeside } from "./removal.ts";
import { decodeDbConf, encodeDbConf, type Schema } from "./schema.ts";

/** What follows the database's name in the name of an intent, which lies beside it. */
export const INTENT_SUFFIX = ".intent";

/** What reading a file says that is not there or not whole. */
const DAMAGED = ["NTH_NOT_FOUND", "NTH_CORRUPTION", "NTH_NOT_SUPPORTED"] as const;

/** A database's folder, changed under its lock: one blob a column, and one commit for all of them. */
export class DbFolder {
  readonly name: string;
  readonly #outer: LiveStore;
  readonly #entry: string;
  readonly #folder: LiveStore;
  readonly #durable: boolean;
  readonly #columns = new Map<string, BlobFolder>();

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

  /** The folder of one column, always the same: it knows which of its blocks must still be flushed. */
  column(name: string): BlobFolder {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = new BlobFolder(folderOf(this.#folder, name) as LiveStore, this.#durable);
      this.#columns.set(name, column);
    }
    return column;
  }

  /** Brings the columns into one state, after whatever stopped the writer before, and answers it. */
  settle(schema: Schema): DbState {
    const intent = tryReadAllSync(this.#outer, this.#entry + INTENT_SUFFIX);
    const announced = intent && decodeIntent(intent, schema, this.name);
    if (announced !== undefined) {
      this.#tell(announced);
      return announced;
    }
    const path = pathOf(this.#folder, STAT_NAME);
    const told = decodeDbStat(readAllSync(this.#folder, STAT_NAME), path);
    const columns = new Map<string, BlobStat>();
    for (const [name, conf] of schema) columns.set(name, this.#columnStat(name, conf, told));
    const lengths = [...columns.values()].map((stat) => stat.length);
    const length = Math.min(told, ...lengths);
    const before = { length, columns };
    if (told === length && lengths.every((each) => each === length)) return before;
    // Rows that not every column has are none: the original's writers leave such when they fail.
    const even = this.cut(before, schema, length);
    this.commit(before, even);
    return even;
  }

  /** The state with the first `length` rows, which is not published yet. */
  cut({ columns }: DbState, schema: Schema, length: number): DbState {
    const cut = [...columns].map(
      ([name, stat]) =>
        [name, this.column(name).cut(schema.get(name) as BlobConf, stat, length)] as const,
    );
    return { length, columns: new Map(cut) };
  }

  /** Publishes a state of all columns at once, and removes what only the state before needed. */
  commit(before: DbState, after: DbState): void {
    if (this.#durable) for (const name of after.columns.keys()) this.column(name).flushSync();
    this.#write(this.#outer, this.#entry + INTENT_SUFFIX, encodeIntent(after));
    this.#tell(after);
    for (const [name, { blocks }] of before.columns) {
      const kept = new Set(after.columns.get(name)?.blocks);
      this.column(name).blocks.drop(blocks.filter((block) => !kept.has(block)));
    }
  }

  /**
   * Makes an empty database, in the place of any other. A crash in the middle leaves the old one as it was, or an
   * empty one of either schema.
   */
  replace(schema: Schema): void {
    const bytes = encodeDbConf(schema);
    if (same(tryReadAllSync(this.#folder, CONF_NAME), bytes) && this.#empty(schema)) return;
    const old = this.#columnsThere();
    // No row is left from here on, so that an intent, which speaks of rows, may go.
    this.#write(this.#folder, STAT_NAME, encodeDbStat(0));
    this.#dropIntent();
    this.#dropUnfinished();
    for (const name of old) if (!schema.has(name)) this.#unlinkColumn(name);
    this.#write(this.#folder, CONF_NAME, bytes);
    for (const [name, conf] of schema) this.column(name).replace(conf, EMPTY_STAT);
  }

  /** Removes what stopped programs left: blocks that no state names, unfinished small files. */
  sweep(schema: Schema, minimumAgeMs?: number): string[] {
    this.settle(schema);
    const swept: string[] = [];
    for (const name of schema.keys()) {
      const column = this.column(name);
      swept.push(...column.sweep(minimumAgeMs).map((block) => `${name}/${block}`));
    }
    for (const name of this.#temps()) this.#folder.removeSync(name);
    this.#dropUnfinished();
    return swept;
  }

  /** Removes blocks that were made for a state that will not be published. */
  giveUp(): void {
    for (const column of this.#columns.values()) column.blocks.giveUp();
  }

  /**
   * Removes the database, whatever state its rows are in.
   *
   * @throws {@link NthrecError} `NTH_CORRUPTION` when no configuration names its columns, `NTH_INVALID_VALUE` when a
   * file is not the database's: nothing is removed then
   */
  unlink(): void {
    const columns = [...this.schema().keys()];
    const named = columns.flatMap((name) => filesBeside(name));
    checkFiles(this.#folder, [...named, ...this.#temps(), STAT_NAME, CONF_NAME]);
    for (const name of columns) this.column(name).checkOwn();
    this.#dropUnfinished();
    this.#write(this.#folder, STAT_NAME, encodeDbStat(0));
    this.#dropIntent();
    for (const name of columns) this.#unlinkColumn(name);
    for (const name of [...this.#temps(), STAT_NAME, CONF_NAME]) this.#folder.removeSync(name);
    this.#outer.removeFolderSync?.(this.#entry);
  }

  closeSync(): void {
    for (const column of this.#columns.values()) column.closeSync();
  }

  /** Empties a database of this schema by one commit; answers whether it was in a state that allows it. */
  #empty(schema: Schema): boolean {
    try {
      const before = this.settle(schema);
      const none = [...schema.keys()].map((name) => [name, EMPTY_STAT] as const);
      this.commit(before, { length: 0, columns: new Map(none) });
      this.#dropUnfinished();
      return true;
    } catch (error) {
      if (isNthrecError(error, ...DAMAGED)) return false;
      throw error;
    }
  }

  /** A column's state. Where there are no rows, a column that is none of the schema was being replaced. */
  #columnStat(name: string, conf: BlobConf, rows: number): BlobStat {
    const column = this.column(name);
    try {
      const found = column.conf();
      if (sameLayout(found, conf) && found.blockSize === conf.blockSize) return column.stat(conf);
      throw new NthrecError(
        "NTH_CORRUPTION",
        `column ${column.name} holds other tensors than the configuration of ${this.name} says`,
        { source: column.name },
      );
    } catch (error) {
      if (rows > 0 || !isNthrecError(error, ...DAMAGED)) throw error;
    }
    column.replace(conf, EMPTY_STAT);
    return EMPTY_STAT;
  }

  #columnsThere(): string[] {
    try {
      return [...this.schema().keys()];
    } catch (error) {
      if (isNthrecError(error, ...DAMAGED)) return [];
      throw error;
    }
  }

  #temps(): string[] {
    const beginnings = [CONF_NAME + TEMP_INFIX, STAT_NAME + TEMP_INFIX];
    if (!this.exists) return [];
    const isTemp = (name: string): boolean => beginnings.some((each) => name.startsWith(each));
    return this.#folder.listSync().filter(isTemp);
  }

  #unlinkColumn(name: string): void {
    removeBeside(this.#folder, name);
    this.column(name).unlink();
    this.#folder.removeFolderSync?.(name);
  }

  #dropIntent(): void {
    this.#outer.removeSync(this.#entry + INTENT_SUFFIX);
  }

  /** Removes intents that a stopped program did not finish: who has the lock knows that nobody is writing one. */
  #dropUnfinished(): void {
    const temp = this.#entry + INTENT_SUFFIX + TEMP_INFIX;
    const unfinished = this.#outer.listSync().filter((name) => name.startsWith(temp));
    for (const name of unfinished) this.#outer.removeSync(name);
  }

  /** Tells every column, then the database, its state; the intent goes when all know. */
  #tell({ length, columns }: DbState): void {
    for (const [name, stat] of columns) this.column(name).publish(stat);
    this.#write(this.#folder, STAT_NAME, encodeDbStat(length));
    this.#dropIntent();
  }

  #write(store: LiveStore, name: string, bytes: Uint8Array): void {
    replaceFileSync(store, name, bytes, this.#durable);
  }
}
