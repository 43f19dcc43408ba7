import { platform } from "#platform";
import { isNthrecError, NthrecError } from "../errors.ts";
import { close, createEntry, openEntry, type StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { isLiveStore, type StoreEntry } from "../store/byte-store.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { EntryCursor } from "./cursor.ts";
import { EntryArena } from "./entry-arena.ts";
import { IndexCursor } from "./index-cursor.ts";
import { IndexWriter } from "./index-writer.ts";
import { EncodedKey, type Key, MAX_KEY_BYTES } from "./key.ts";
import { bucketsFor, type KeyHeader } from "./layout.ts";
import { merge } from "./merge.ts";
import { RunCursor, writeRun } from "./run-file.ts";

/** What stands between the name of an index and the random part of an unfinished one's. */
const TEMP_INFIX = ".tmp-";
/** How old a temporary file must be to count as left behind by a program that was stopped, ms. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** An index that is there and covers the first records. */
export interface KeyBase {
  readonly source: ByteSource;
  readonly header: KeyHeader;
}

/** What the caller knows of a finished index. */
export type KeyFacts = Pick<
  KeyHeader,
  | "nameCrc"
  | "dataSize"
  | "records"
  | "missing"
  | "firstMissing"
  | "damaged"
  | "firstDamaged"
  | "samples"
>;

/** A key index that is being built: keys are gathered in memory, go to sorted temporary files, and are merged. */
export class KeyBuild {
  readonly #target: StoreEntry;
  readonly #limit: number;
  readonly #arena: EntryArena;
  readonly #key = new EncodedKey();
  /** Where temporary files go: beside the index, or into memory where nothing can be written there. */
  #store: StoreEntry["store"];
  #runs: StoreEntry[] = [];
  #spilled = 0;

  /**
   * @param limit Memory for gathered keys, bytes
   * @param expected About how many keys will come
   */
  constructor(target: StoreEntry, limit: number, expected: number) {
    this.#arena = new EntryArena(Math.min(expected, Math.floor(limit / 64)));
    this.#target = target;
    this.#store = target.store;
    this.#limit = limit;
  }

  /** Whether the gathered keys must go to a file. */
  get full(): boolean {
    return this.#arena.size >= this.#limit;
  }

  /** Adds the keys of a record; answers whether there are any. */
  add(keys: Key | readonly Key[] | undefined, record: number): boolean {
    if (keys === undefined) return false;
    if (!Array.isArray(keys)) {
      this.#arena.add(this.#key.encode(keys as Key), record);
      return true;
    }
    const first = this.#arena.length;
    for (const each of keys as readonly Key[]) {
      this.#key.encode(each);
      if (!this.#arena.has(this.#key, record)) this.#arena.add(this.#key, record);
    }
    return this.#arena.length > first;
  }

  /** Adds a key of bytes that lies in other bytes; answers whether it may be one. */
  addBytes(bytes: Uint8Array, start: number, end: number, record: number): boolean {
    if (end - start > MAX_KEY_BYTES) return false;
    this.#arena.add(this.#key.over(bytes, start, end), record);
    return true;
  }

  /** Moves the gathered keys to a temporary file. */
  *spill(): StepPlan<void> {
    if (this.#store === this.#target.store) {
      try {
        yield* this.#spillTo(this.#store);
        return;
      } catch (error) {
        if (!isPlaceError(error)) throw error;
        this.#store = new MemoryStore();
      }
    }
    yield* this.#spillTo(this.#store);
  }

  /**
   * Writes the index; where its place cannot be written, into memory.
   *
   * @returns the index's place
   */
  *finish(base: KeyBase | undefined, facts: KeyFacts): StepPlan<StoreEntry> {
    try {
      yield* this.#publish(this.#target, base, facts);
      return this.#target;
    } catch (error) {
      if (!isPlaceError(error)) throw error;
      const entry = privatePlace(this.#target.name);
      yield* this.#publish(entry, base, facts);
      return entry;
    }
  }

  /** Removes the temporary files. */
  *discard(): StepPlan<void> {
    for (const { store, name } of this.#runs.splice(0)) yield* removeQuietly(store, name);
  }

  *#spillTo(store: StoreEntry["store"]): StepPlan<void> {
    const name = tempName(this.#target);
    const sink = yield* createEntry(store, name);
    this.#runs.push({ store, name });
    try {
      yield* writeRun(this.#arena.sorted(), sink);
    } catch (error) {
      this.#runs.pop();
      yield* closeQuietly(sink);
      yield* removeQuietly(store, name);
      throw error;
    }
    yield* close(sink);
    this.#spilled += this.#arena.length;
    this.#arena.clear();
  }

  *#publish(target: StoreEntry, base: KeyBase | undefined, facts: KeyFacts): StepPlan<void> {
    const { store } = target;
    const name = tempName(target);
    sweepAbandoned(target);
    const sink = yield* createEntry(store, name);
    try {
      yield* this.#write(sink, base, facts);
      yield* close(sink);
      yield { op: "rename", store, from: name, to: target.name };
    } catch (error) {
      yield* closeQuietly(sink);
      yield* removeQuietly(store, name);
      throw error;
    }
  }

  *#write(sink: ByteSink, base: KeyBase | undefined, facts: KeyFacts): StepPlan<void> {
    const entries = this.#arena.length + this.#spilled + (base?.header.entries ?? 0);
    const writer = new IndexWriter(bucketsFor(entries));
    const cursors: EntryCursor[] = [];
    const sources: ByteSource[] = [];
    try {
      if (base !== undefined) cursors.push(new IndexCursor(base.source, base.header));
      for (const { store, name } of this.#runs) {
        const source = yield* openEntry(store, name);
        sources.push(source);
        cursors.push(new RunCursor(source));
      }
      cursors.push(this.#arena.sorted());
      yield* merge(cursors, writer, sink);
      yield* writer.finish(sink, facts);
    } finally {
      for (const source of sources) yield* close(source);
    }
  }
}

/** A place in memory that nobody else sees. */
export function privatePlace(name: string): StoreEntry {
  return { store: new MemoryStore(), name };
}

/** Whether an error is of the place, not of the data or of the caller. */
function isPlaceError(error: unknown): boolean {
  return isNthrecError(error, "NTH_READONLY", "NTH_IO_ERROR", "NTH_NOT_FOUND", "NTH_NOT_SUPPORTED");
}

function tempName({ name }: StoreEntry): string {
  return name + TEMP_INFIX + platform.uniqueName();
}

/** Removes what programs left behind that were stopped long ago. What cannot be removed costs room and nothing else. */
function sweepAbandoned({ store, name }: StoreEntry): void {
  if (!isLiveStore(store)) return;
  try {
    const now = performance.timeOrigin + performance.now();
    for (const other of store.listSync()) {
      if (!other.startsWith(name + TEMP_INFIX)) continue;
      const stat = store.statSync(other);
      if (stat !== undefined && now - stat.modified > ABANDONED_MS) store.removeSync(other);
    }
  } catch (error) {
    if (!(error instanceof NthrecError)) throw error;
  }
}

function* closeQuietly(sink: ByteSink): StepPlan<void> {
  try {
    yield* close(sink);
  } catch (error) {
    if (!isNthrecError(error)) throw error;
  }
}

function* removeQuietly(store: StoreEntry["store"], name: string): StepPlan<void> {
  try {
    yield { op: "remove", store, name };
  } catch (error) {
    if (!isNthrecError(error)) throw error;
  }
}
