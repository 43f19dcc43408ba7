import { isNthrecError, NthrecError, throwIfAborted } from "../errors.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import { call, close, type StepPlan } from "../plan/step.ts";
import { Leases } from "../reader/leases.ts";
import type { AbortOptions } from "../types.ts";
import { decodeKey, EncodedKey, type HashedKey, isSameKey, type Key, showKey } from "./key.ts";
import type { KeyIndex } from "./key-index.ts";
import type { KeyableReader, KeyedOptions, KeyStats } from "./keyed-options.ts";
import type { KeysPlace } from "./keys-judge.ts";
import { looseKey, otherKey } from "./loose-key.ts";
import { KeysOpening, keysPlace, type OpenedKeys } from "./open-keys.ts";
import { checkPolicies } from "./policies.ts";

/** A record, which may be any value, or none. */
type Found<T> = { readonly record: T } | undefined;

/** Records by key, over a reader that gives them by number. Made by {@link keyed}. */
export class KeyedReader<T> implements AsyncDisposable, Disposable {
  /** The reader; it stays open when this is closed. */
  readonly reader: KeyableReader<T>;
  readonly #options: KeyedOptions<T>;
  #place: KeysPlace;
  #index: KeyIndex | undefined;
  readonly #last: boolean;
  /** The key that is looked for. No two lookups use it at once: those that wait take a copy. */
  readonly #wanted = new EncodedKey();
  readonly #shown = new EncodedKey();
  readonly #leases = new Leases();
  /** The last refresh or rebuild; they take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Whether the index was made anew because it lied; that helps once. */
  #mended = false;

  private constructor(reader: KeyableReader<T>, options: KeyedOptions<T>, opened: OpenedKeys) {
    this.reader = reader;
    this.#options = options;
    this.#place = opened.place;
    this.#index = opened.index;
    this.#last = options.duplicates === "last";
  }

  /** Opens or makes the index. Use {@link keyed}. */
  static *open<T>(reader: KeyableReader<T>, options: KeyedOptions<T>): StepPlan<KeyedReader<T>> {
    const opened = yield* opening(reader, options, keysPlace(reader, options), false);
    return new KeyedReader(reader, options, opened);
  }

  /** What the index holds. */
  get stats(): KeyStats {
    const { header, resident, source } = this.#current();
    return {
      records: header.records,
      keys: header.keys,
      entries: header.entries,
      duplicates: header.entries - header.keys,
      missing: header.missing,
      damaged: header.damaged,
      bytes: header.size,
      resident,
      indexFile: this.#place.hidden ? undefined : source.name,
    };
  }

  /** Different keys. */
  get size(): number {
    return this.#current().header.keys;
  }

  get closed(): boolean {
    return this.#index === undefined;
  }

  /** Whether a record has this key. */
  async has(key: Key, options?: AbortOptions): Promise<boolean> {
    return (await this.find(key, options)) !== undefined;
  }

  /** {@link KeyedReader.has}, before it returns. */
  hasSync(key: Key): boolean {
    return this.findSync(key) !== undefined;
  }

  /**
   * The number of the record with this key, `undefined` if there is none; of several, the one that `duplicates` says.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for what can be no key, `NTH_INDEX_INVALID`, `NTH_NOT_OPEN`
   */
  async find(key: Key, options?: AbortOptions): Promise<number | undefined> {
    throwIfAborted(options?.signal, this.reader.name);
    const now = this.#findNow(key, true);
    if (now !== undefined) return now < 0 ? undefined : now;
    return await this.#run(this.#findFirst(key), options);
  }

  /** {@link KeyedReader.find}, before it returns. */
  findSync(key: Key): number | undefined {
    const now = this.#findNow(key, false);
    if (now !== undefined) return now < 0 ? undefined : now;
    return runPlanSync(this.#findFirst(key));
  }

  /** The numbers of all records with this key, rising. */
  findAll(key: Key, options?: AbortOptions): Promise<number[]> {
    return this.#run(this.#findAll(key), options);
  }

  /** {@link KeyedReader.findAll}, before it returns. */
  findAllSync(key: Key): number[] {
    return runPlanSync(this.#findAll(key));
  }

  /**
   * Reads the record with this key. Its key is looked at again, so that an index that lies gives no wrong record.
   *
   * @throws {@link NthrecError} `NTH_KEY_NOT_FOUND`, `NTH_INDEX_STALE`, and what `find` and the reader throw
   */
  async get(key: Key, options?: AbortOptions): Promise<T> {
    return ((await this.#read(key, options)) ?? this.#refuse(key)).record;
  }

  /** {@link KeyedReader.get}, before it returns. */
  getSync(key: Key): T {
    return (this.#readSync(key) ?? this.#refuse(key)).record;
  }

  /** Reads the record with this key, `undefined` if there is none. @throws {@link NthrecError} as `get` otherwise */
  async at(key: Key, options?: AbortOptions): Promise<T | undefined> {
    return (await this.#read(key, options))?.record;
  }

  /** {@link KeyedReader.at}, before it returns. */
  atSync(key: Key): T | undefined {
    return this.#readSync(key)?.record;
  }

  /** Reads all records with this key, in order; none if no record has it. */
  async getAll(key: Key, options?: AbortOptions): Promise<T[]> {
    const indices = await this.findAll(key, options);
    const records = await this.reader.getMany(indices, options);
    this.#checkAll(records, indices, () => key);
    return records;
  }

  /** {@link KeyedReader.getAll}, before it returns. */
  getAllSync(key: Key): T[] {
    const indices = this.findAllSync(key);
    const records = this.reader.getManySync(indices);
    this.#checkAll(records, indices, () => key);
    return records;
  }

  /** Reads the records with these keys, in their order; neighbours travel together. */
  async getMany(keys: Iterable<Key>, options?: AbortOptions): Promise<T[]> {
    const list = Array.from(keys);
    const indices: number[] = [];
    for (const key of list) indices.push((await this.find(key, options)) ?? this.#refuse(key));
    const records = await this.reader.getMany(indices, options);
    this.#checkAll(records, indices, (i) => list[i] as Key);
    return records;
  }

  /** {@link KeyedReader.getMany}, before it returns. */
  getManySync(keys: Iterable<Key>): T[] {
    const list = Array.from(keys);
    const indices = list.map((key) => this.findSync(key) ?? this.#refuse(key));
    const records = this.reader.getManySync(indices);
    this.#checkAll(records, indices, (i) => list[i] as Key);
    return records;
  }

  /** All keys, each once, in the order of the index, which is that of their hashes. */
  async *keys(options: AbortOptions = {}): AsyncGenerator<Key, void, undefined> {
    const { source, cursor } = this.#walk();
    const release = this.#leases.take(source);
    try {
      while (cursor.next() || (await runPlan(cursor.fill(), options))) {
        if (cursor.first) yield decodeKey(cursor.kind, cursor.bytes, cursor.start, cursor.end);
      }
    } finally {
      release();
    }
  }

  /** {@link KeyedReader.keys}, for data that answer at once. */
  *keysSync(): Generator<Key, void, undefined> {
    const { source, cursor } = this.#walk();
    const release = this.#leases.take(source);
    try {
      while (cursor.next() || runPlanSync(cursor.fill())) {
        if (cursor.first) yield decodeKey(cursor.kind, cursor.bytes, cursor.start, cursor.end);
      }
    } finally {
      release();
    }
  }

  /** Makes keys visible of records that the reader got since: call it after the reader's `refresh`. */
  refresh(options: AbortOptions = {}): Promise<void> {
    return this.#inTurn(false, options);
  }

  /** {@link KeyedReader.refresh}, before it returns. */
  refreshSync(): void {
    runPlanSync(this.#reopen(false));
  }

  /** Makes the index anew, however sound it is. */
  rebuild(options: AbortOptions = {}): Promise<void> {
    return this.#inTurn(true, options);
  }

  /** {@link KeyedReader.rebuild}, before it returns. */
  rebuildSync(): void {
    runPlanSync(this.#reopen(true));
  }

  /** Closes the index; the reader stays open. Closing twice is no error. */
  async close(): Promise<void> {
    await runPlan(this.#shut());
  }

  /** {@link KeyedReader.close}, before it returns. */
  closeSync(): void {
    runPlanSync(this.#shut());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  #current(): KeyIndex {
    if (this.#index !== undefined) return this.#index;
    const name = `the key index ${this.#options.name} of ${this.reader.name}`;
    throw new NthrecError("NTH_NOT_OPEN", `${name} is closed`, { source: this.reader.name });
  }

  #walk(): { source: KeyIndex["source"]; cursor: ReturnType<KeyIndex["cursor"]> } {
    const index = this.#current();
    return { source: index.source, cursor: index.cursor() };
  }

  /** The record of a key, -1 if there is none; `undefined` when the index must be read for it. */
  #findNow(key: Key, waits: boolean): number | undefined {
    const index = this.#current();
    const { length } = this.reader;
    try {
      let found = index.findNow(this.#wanted.encode(key), length, this.#last, waits);
      if (found !== -1) return found;
      for (const other of this.#otherwise(key)) {
        found = index.findNow(this.#wanted.encode(other), length, this.#last, waits);
        if (found !== -1) return found;
      }
      return -1;
    } catch (error) {
      // The way that may wait reads it again, and makes the index anew where it is damaged.
      if (index.resident || !isNthrecError(error, "NTH_INDEX_INVALID")) throw error;
      return undefined;
    }
  }

  *#findFirst(key: Key): StepPlan<number | undefined> {
    const find = function* (index: KeyIndex, wanted: HashedKey, limit: number, last: boolean) {
      const found = yield* index.find(wanted, limit, last);
      return found < 0 ? undefined : found;
    };
    return yield* this.#search(key, (index, wanted) =>
      find(index, wanted, this.reader.length, this.#last),
    );
  }

  *#findAll(key: Key): StepPlan<number[]> {
    const find = function* (index: KeyIndex, wanted: HashedKey, limit: number) {
      const found = yield* index.findAll(wanted, limit);
      return found.length === 0 ? undefined : found;
    };
    const found = yield* this.#search(key, (index, wanted) =>
      find(index, wanted, this.reader.length),
    );
    return found ?? [];
  }

  /** Looks for a key, and for what else it may mean; a damaged index is made anew, once. */
  *#search<R>(
    key: Key,
    find: (index: KeyIndex, wanted: HashedKey) => StepPlan<R | undefined>,
  ): StepPlan<R | undefined> {
    for (;;) {
      const index = this.#current();
      const release = this.#leases.take(index.source);
      try {
        for (const each of [key, ...this.#otherwise(key)]) {
          const found = yield* find(index, this.#wanted.encode(each).copy());
          if (found !== undefined) return found;
        }
        return undefined;
      } catch (error) {
        if (!isNthrecError(error, "NTH_INDEX_INVALID") || !this.#mayMend()) throw error;
      } finally {
        release();
      }
      yield* this.#reopen(true);
    }
  }

  #otherwise(key: Key): Key[] {
    return this.#options.looseKeys === true ? [...otherKey(key), ...looseKey(key)] : otherKey(key);
  }

  async #read(key: Key, options?: AbortOptions): Promise<Found<T>> {
    const index = await this.find(key, options);
    if (index === undefined) return undefined;
    const record = await this.reader.get(index, options);
    if (this.#fits(record, index, key)) return { record };
    return await this.#run(this.#readAgain(key), options);
  }

  #readSync(key: Key): Found<T> {
    const index = this.findSync(key);
    if (index === undefined) return undefined;
    const record = this.reader.getSync(index);
    return this.#fits(record, index, key) ? { record } : runPlanSync(this.#readAgain(key));
  }

  /** The record of a key after the index named one that has another key. */
  *#readAgain(key: Key): StepPlan<Found<T>> {
    if (this.#mayMend()) {
      yield* this.#reopen(true);
      const index = yield* this.#findFirst(key);
      if (index === undefined) return undefined;
      const record = yield* call(
        () => this.reader.getSync(index),
        (options) => this.reader.get(index, options),
      );
      if (this.#fits(record, index, key)) return { record };
    }
    throw this.#stale(key);
  }

  #mayMend(): boolean {
    if (this.#mended || this.#options.onStaleIndex === "throw") return false;
    this.#mended = true;
    return true;
  }

  /** Whether a record has this key, or one that it may mean. */
  #fits(record: T, index: number, key: Key): boolean {
    const keys = this.#options.key(record, index);
    if (keys === key) return true;
    if (keys === undefined) return false;
    const list = Array.isArray(keys) ? (keys as readonly Key[]) : undefined;
    if (list === undefined) {
      this.#wanted.place(key);
      if (isSameKey(this.#shown.place(keys as Key), this.#wanted)) return true;
    }
    const shown = list ?? [keys as Key];
    return [key, ...this.#otherwise(key)].some((each) => this.#isAmong(each, shown));
  }

  #isAmong(key: Key, list: readonly Key[]): boolean {
    const wanted = this.#wanted.place(key);
    return list.some((each) => isSameKey(this.#shown.place(each), wanted));
  }

  #checkAll(records: readonly T[], indices: readonly number[], keyAt: (i: number) => Key): void {
    for (const [i, record] of records.entries()) {
      if (!this.#fits(record, indices[i] as number, keyAt(i))) throw this.#stale(keyAt(i));
    }
  }

  #refuse(key: Key): never {
    throw this.#notFound(key);
  }

  #notFound(key: Key): NthrecError {
    const { name } = this.reader;
    const message = `no record of ${name} has the key ${showKey(key)}`;
    return new NthrecError("NTH_KEY_NOT_FOUND", message, { source: name });
  }

  #stale(key: Key): NthrecError {
    const message = `the record that the key index ${this.#place.entry.name} names for ${showKey(key)} has another key: rebuild() makes the index anew`;
    return new NthrecError("NTH_INDEX_STALE", message, { source: this.reader.name });
  }

  async #run<R>(plan: StepPlan<R>, options: AbortOptions = {}): Promise<R> {
    return await runPlan(plan, options);
  }

  async #inTurn(rebuild: boolean, options: AbortOptions): Promise<void> {
    throwIfAborted(options.signal, this.reader.name);
    this.#current();
    const turn = this.#turn.then(() => runPlan(this.#reopen(rebuild), options));
    this.#turn = turn.catch(() => {});
    await turn;
  }

  *#reopen(rebuild: boolean): StepPlan<void> {
    this.#current();
    const opened = yield* opening(this.reader, this.#options, this.#place, rebuild);
    const before = this.#index;
    if (before === undefined) {
      yield* close(opened.index.source);
      return;
    }
    this.#index = opened.index;
    this.#place = opened.place;
    this.#leases.retire(before.source, [before.source]);
  }

  *#shut(): StepPlan<void> {
    const index = this.#index;
    this.#index = undefined;
    if (index === undefined) return;
    for (const source of [index.source, ...this.#leases.drain()]) yield* close(source);
  }
}

/** Opens an index and applies the caller's policies to what it holds. */
function* opening<T>(
  reader: KeyableReader<T>,
  options: KeyedOptions<T>,
  place: KeysPlace,
  rebuild: boolean,
): StepPlan<OpenedKeys> {
  const opened = yield* new KeysOpening(reader, options, place).run(rebuild);
  try {
    checkPolicies(reader, options, opened.index.header);
    return opened;
  } catch (error) {
    yield* close(opened.index.source);
    throw error;
  }
}
