import { NthrecError, throwIfAborted } from "../errors.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import { call, type StepPlan } from "../plan/step.ts";
import type { AbortOptions } from "../types.ts";
import { decodeKey, type Key, showKey } from "./key.ts";
import { KeyMatch } from "./key-match.ts";
import type { KeyableReader, KeyedOptions, KeyStats } from "./keyed-options.ts";
import { LiveIndex } from "./live-index.ts";

/** A record, which may be any value, or none. */
type Found<T> = { readonly record: T } | undefined;

/** Records by key, over a reader that gives them by number. Made by {@link keyed}. */
export class KeyedReader<T> implements AsyncDisposable, Disposable {
  /** The reader; it stays open when this is closed. */
  readonly reader: KeyableReader<T>;
  readonly #live: LiveIndex<T>;
  readonly #match: KeyMatch<T>;

  private constructor(reader: KeyableReader<T>, options: KeyedOptions<T>, live: LiveIndex<T>) {
    this.reader = reader;
    this.#live = live;
    this.#match = new KeyMatch(options);
  }

  /** Opens or makes the index. Use {@link keyed}. */
  static *open<T>(reader: KeyableReader<T>, options: KeyedOptions<T>): StepPlan<KeyedReader<T>> {
    return new KeyedReader(reader, options, yield* LiveIndex.open(reader, options));
  }

  /** What the index holds. */
  get stats(): KeyStats {
    const { header, resident, source } = this.#live.current;
    return {
      records: header.records,
      keys: header.keys,
      entries: header.entries,
      duplicates: header.entries - header.keys,
      missing: header.missing,
      damaged: header.damaged,
      bytes: header.size,
      resident,
      indexFile: this.#live.place.hidden ? undefined : source.name,
    };
  }

  /** Different keys. */
  get size(): number {
    return this.#live.current.header.keys;
  }

  get closed(): boolean {
    return this.#live.closed;
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
    const now = this.#live.findNow(key, true);
    if (now !== undefined) return now < 0 ? undefined : now;
    return await runPlan(this.#live.find(key), options);
  }

  /** {@link KeyedReader.find}, before it returns. */
  findSync(key: Key): number | undefined {
    const now = this.#live.findNow(key, false);
    if (now !== undefined) return now < 0 ? undefined : now;
    return runPlanSync(this.#live.find(key));
  }

  /** The numbers of all records with this key, rising. */
  findAll(key: Key, options?: AbortOptions): Promise<number[]> {
    return runPlan(this.#live.findAll(key), options);
  }

  /** {@link KeyedReader.findAll}, before it returns. */
  findAllSync(key: Key): number[] {
    return runPlanSync(this.#live.findAll(key));
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
    const { cursor, release } = this.#live.walk();
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
    const { cursor, release } = this.#live.walk();
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
    return this.#live.reopenInTurn(false, options);
  }

  /** {@link KeyedReader.refresh}, before it returns. */
  refreshSync(): void {
    runPlanSync(this.#live.reopen(false));
  }

  /** Makes the index anew, however sound it is. */
  rebuild(options: AbortOptions = {}): Promise<void> {
    return this.#live.reopenInTurn(true, options);
  }

  /** {@link KeyedReader.rebuild}, before it returns. */
  rebuildSync(): void {
    runPlanSync(this.#live.reopen(true));
  }

  /** Closes the index; the reader stays open. Closing twice is no error. */
  async close(): Promise<void> {
    await runPlan(this.#live.close());
  }

  /** {@link KeyedReader.close}, before it returns. */
  closeSync(): void {
    runPlanSync(this.#live.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  async #read(key: Key, options?: AbortOptions): Promise<Found<T>> {
    const index = await this.find(key, options);
    if (index === undefined) return undefined;
    const record = await this.reader.get(index, options);
    if (this.#match.fits(record, index, key)) return { record };
    return await runPlan(this.#readAgain(key), options);
  }

  #readSync(key: Key): Found<T> {
    const index = this.findSync(key);
    if (index === undefined) return undefined;
    const record = this.reader.getSync(index);
    return this.#match.fits(record, index, key) ? { record } : runPlanSync(this.#readAgain(key));
  }

  /** The record of a key after the index named one that has another key. */
  *#readAgain(key: Key): StepPlan<Found<T>> {
    if (yield* this.#live.mend()) {
      const index = yield* this.#live.find(key);
      if (index === undefined) return undefined;
      const record = yield* call(
        () => this.reader.getSync(index),
        (options) => this.reader.get(index, options),
      );
      if (this.#match.fits(record, index, key)) return { record };
    }
    throw this.#stale(key);
  }

  #checkAll(records: readonly T[], indices: readonly number[], keyAt: (i: number) => Key): void {
    for (const [i, record] of records.entries()) {
      if (!this.#match.fits(record, indices[i] as number, keyAt(i))) throw this.#stale(keyAt(i));
    }
  }

  #refuse(key: Key): never {
    const { name } = this.reader;
    const message = `no record of ${name} has the key ${showKey(key)}`;
    throw new NthrecError("NTH_KEY_NOT_FOUND", message, { source: name });
  }

  #stale(key: Key): NthrecError {
    const message = `the record that the key index ${this.#live.place.entry.name} names for ${showKey(key)} has another key: rebuild() makes the index anew`;
    return new NthrecError("NTH_INDEX_STALE", message, { source: this.reader.name });
  }
}
