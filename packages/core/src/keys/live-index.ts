import { isNthrecError, NthrecError, throwIfAborted } from "../errors.ts";
import { runPlan } from "../plan/run-plan.ts";
import { close, type StepPlan } from "../plan/step.ts";
import { Leases } from "../reader/leases.ts";
import type { AbortOptions } from "../types.ts";
import type { IndexCursor } from "./index-cursor.ts";
import { EncodedKey, type HashedKey, type Key } from "./key.ts";
import type { KeyIndex } from "./key-index.ts";
import type { KeyableReader, KeyedOptions } from "./keyed-options.ts";
import type { KeysPlace } from "./keys-judge.ts";
import { otherKeys } from "./loose-key.ts";
import { KeysOpening, keysPlace, type OpenedKeys } from "./open-keys.ts";
import { checkPolicies } from "./policies.ts";

/** The key index of a reader, whichever it is now: another one takes its place when the reader grew or the index lied. */
export class LiveIndex<T> {
  readonly #reader: KeyableReader<T>;
  readonly #options: KeyedOptions<T>;
  readonly #last: boolean;
  #place: KeysPlace;
  #index: KeyIndex | undefined;
  /** The key that is looked for. No two lookups use it at once: those that wait take a copy. */
  readonly #wanted = new EncodedKey();
  readonly #leases = new Leases();
  /** The last refresh or rebuild; they take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Whether the index was made anew because it lied; that helps once. */
  #mended = false;

  private constructor(reader: KeyableReader<T>, options: KeyedOptions<T>, opened: OpenedKeys) {
    this.#reader = reader;
    this.#options = options;
    this.#last = options.duplicates === "last";
    this.#place = opened.place;
    this.#index = opened.index;
  }

  /** Opens or makes an index. */
  static *open<T>(reader: KeyableReader<T>, options: KeyedOptions<T>): StepPlan<LiveIndex<T>> {
    const opened = yield* opening(reader, options, keysPlace(reader, options), false);
    return new LiveIndex(reader, options, opened);
  }

  get place(): KeysPlace {
    return this.#place;
  }

  get closed(): boolean {
    return this.#index === undefined;
  }

  /** The index in force. @throws {@link NthrecError} `NTH_NOT_OPEN` */
  get current(): KeyIndex {
    if (this.#index !== undefined) return this.#index;
    const { name } = this.#reader;
    const message = `the key index ${this.#options.name} of ${name} is closed`;
    throw new NthrecError("NTH_NOT_OPEN", message, { source: name });
  }

  /** A walk over the entries in force; they stay readable until `release`. */
  walk(): { readonly cursor: IndexCursor; release(): void } {
    const index = this.current;
    return { cursor: index.cursor(), release: this.#leases.take(index.source) };
  }

  /**
   * The record of a key, -1 if there is none; `undefined` when the index must be read for it.
   *
   * @param waits Whether the caller can wait for that
   */
  findNow(key: Key, waits: boolean): number | undefined {
    const index = this.current;
    const { length } = this.#reader;
    try {
      let found = index.findNow(this.#wanted.encode(key), length, this.#last, waits);
      if (found !== -1) return found;
      for (const other of otherKeys(key, this.#options.looseKeys)) {
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

  /** {@link LiveIndex.findNow}, reading what it needs; `undefined` if no record has the key. */
  *find(key: Key): StepPlan<number | undefined> {
    const find = function* (index: KeyIndex, wanted: HashedKey, limit: number, last: boolean) {
      const found = yield* index.find(wanted, limit, last);
      return found < 0 ? undefined : found;
    };
    return yield* this.#search(key, (index, wanted) =>
      find(index, wanted, this.#reader.length, this.#last),
    );
  }

  /** All records of a key, rising. */
  *findAll(key: Key): StepPlan<number[]> {
    const find = function* (index: KeyIndex, wanted: HashedKey, limit: number) {
      const found = yield* index.findAll(wanted, limit);
      return found.length === 0 ? undefined : found;
    };
    const found = yield* this.#search(key, (index, wanted) =>
      find(index, wanted, this.#reader.length),
    );
    return found ?? [];
  }

  /** Looks for a key, and for what else it may mean; a damaged index is made anew, once. */
  *#search<R>(
    key: Key,
    find: (index: KeyIndex, wanted: HashedKey) => StepPlan<R | undefined>,
  ): StepPlan<R | undefined> {
    for (;;) {
      const index = this.current;
      const release = this.#leases.take(index.source);
      try {
        for (const each of [key, ...otherKeys(key, this.#options.looseKeys)]) {
          const found = yield* find(index, this.#wanted.encode(each).copy());
          if (found !== undefined) return found;
        }
        return undefined;
      } catch (error) {
        if (!isNthrecError(error, "NTH_INDEX_INVALID") || !this.#mayMend()) throw error;
      } finally {
        release();
      }
      yield* this.reopen(true);
    }
  }

  /** Makes an index anew that lied, once and if the caller wants it; answers whether it did. */
  *mend(): StepPlan<boolean> {
    if (!this.#mayMend()) return false;
    yield* this.reopen(true);
    return true;
  }

  #mayMend(): boolean {
    if (this.#mended || this.#options.onStaleIndex === "throw") return false;
    this.#mended = true;
    return true;
  }

  /** {@link LiveIndex.reopen}, when those before it have ended. */
  async reopenInTurn(rebuild: boolean, options: AbortOptions): Promise<void> {
    throwIfAborted(options.signal, this.#reader.name);
    void this.current;
    const turn = this.#turn.then(() => runPlan(this.reopen(rebuild), options));
    this.#turn = turn.catch(() => {});
    await turn;
  }

  /** Takes in the records that the reader got since, or makes the index anew. */
  *reopen(rebuild: boolean): StepPlan<void> {
    void this.current;
    const opened = yield* opening(this.#reader, this.#options, this.#place, rebuild);
    const before = this.#index;
    if (before === undefined) {
      yield* close(opened.index.source);
      return;
    }
    this.#index = opened.index;
    this.#place = opened.place;
    this.#leases.retire(before.source, [before.source]);
  }

  *close(): StepPlan<void> {
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
