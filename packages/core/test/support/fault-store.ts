import {
  type AbortOptions,
  type ByteSource,
  type EntryStat,
  type LiveFile,
  type LiveStore,
  NthrecError,
  type StoreLock,
  type StoreOpenOptions,
  type SyncByteSink,
  type SyncByteSource,
} from "../../src/index.ts";
import { type LockState, MemoryLock } from "../../src/store/memory-lock.ts";

/** A change that somebody is about to make. Steps are counted from 1. */
export interface Change {
  readonly step: number;
  readonly op: "create" | "write" | "append" | "truncate" | "rename" | "remove" | "flush";
  readonly name: string;
  /** Bytes to be written. */
  readonly bytes: number;
}

/** What becomes of a change: it fails, or the process dies, after so many bytes of it arrived. */
export type Fault = undefined | { readonly fail: number } | { readonly kill: number };

/** Ends a program whose store was killed; code under test must not turn it into something else. */
export class Killed extends Error {
  constructor() {
    super("killed");
  }
}

/**
 * Another store whose changes fail as told. Several can stand over one memory: each is a process of its own as far
 * as faults and locks go, so that what a killed one held is free for the next.
 */
export class FaultStore implements LiveStore {
  readonly name: string;
  readonly inner: LiveStore;
  /** Every change that was asked for. */
  readonly changes: Change[] = [];
  /** Names of the files and sources that are open. */
  readonly opened: string[] = [];
  dead = false;
  readonly #fault: (change: Change) => Fault;
  readonly #locks = new Map<string, LockState>();

  constructor(inner: LiveStore, fault: (change: Change) => Fault = () => undefined) {
    this.name = inner.name;
    this.inner = inner;
    this.#fault = fault;
  }

  /** Passes a change on, in part, or not at all. */
  change(op: Change["op"], name: string, bytes: number, apply: (bytes: number) => void): void {
    this.alive();
    const change = { step: this.changes.length + 1, op, name, bytes };
    this.changes.push(change);
    const fault = this.#fault(change);
    if (fault === undefined) {
      apply(bytes);
      return;
    }
    const most = "fail" in fault ? fault.fail : fault.kill;
    if (bytes > 0 && most > 0) apply(Math.min(most, bytes));
    if ("kill" in fault) {
      this.dead = true;
      throw new Killed();
    }
    throw new NthrecError("NTH_IO_ERROR", `${op} of ${name} failed: no space left`, {
      source: name,
    });
  }

  /** @throws {@link Killed} after the process died */
  alive(): void {
    if (this.dead) throw new Killed();
  }

  /** Whether somebody holds a lock. */
  get locked(): boolean {
    return [...this.#locks.values()].some(({ holder }) => holder !== undefined);
  }

  openSync(name: string, _options?: StoreOpenOptions): SyncByteSource {
    this.alive();
    return new FaultSource(this, this.inner.openSync(name), name);
  }

  async open(name: string, options?: StoreOpenOptions): Promise<SyncByteSource> {
    return this.openSync(name, options);
  }

  createSync(name: string): SyncByteSink {
    this.change("create", name, 0, () => this.inner.createSync(name).closeSync());
    return new FaultFile(this, this.inner.editSync(name), name);
  }

  async create(name: string): Promise<SyncByteSink> {
    return this.createSync(name);
  }

  listSync(): string[] {
    this.alive();
    return this.inner.listSync();
  }

  async *list(): AsyncIterable<string> {
    yield* this.listSync();
  }

  renameSync(from: string, to: string): void {
    this.change("rename", to, 0, () => this.inner.renameSync(from, to));
  }

  async rename(from: string, to: string): Promise<void> {
    this.renameSync(from, to);
  }

  removeSync(name: string): void {
    this.alive();
    if (this.inner.statSync(name) === undefined) return;
    this.change("remove", name, 0, () => this.inner.removeSync(name));
  }

  async remove(name: string): Promise<void> {
    this.removeSync(name);
  }

  statSync(name: string): EntryStat | undefined {
    this.alive();
    return this.inner.statSync(name);
  }

  editSync(name: string, options?: { readonly create?: boolean | undefined }): LiveFile {
    this.alive();
    if (options?.create === true && this.inner.statSync(name) === undefined) {
      this.change("create", name, 0, () => this.inner.editSync(name, options).closeSync());
    }
    return new FaultFile(this, this.inner.editSync(name), name);
  }

  lock(name: string): StoreLock {
    let state = this.#locks.get(name);
    if (state === undefined) {
      state = { holder: undefined };
      this.#locks.set(name, state);
    }
    return new MemoryLock(name, state);
  }
}

/** Counts as open until it is closed. */
class Counted {
  readonly name: string;
  protected readonly store: FaultStore;
  #open = true;

  constructor(store: FaultStore, name: string) {
    this.store = store;
    this.name = name;
    store.opened.push(name);
  }

  closeSync(): void {
    this.store.alive();
    if (!this.#open) return;
    this.#open = false;
    this.store.opened.splice(this.store.opened.indexOf(this.name), 1);
  }

  async close(): Promise<void> {
    this.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class FaultSource extends Counted implements SyncByteSource {
  readonly size: number;
  readonly #inner: SyncByteSource;

  constructor(store: FaultStore, inner: SyncByteSource, name: string) {
    super(store, name);
    this.#inner = inner;
    this.size = inner.size;
  }

  readSync(start: number, end: number): Uint8Array {
    this.store.alive();
    return this.#inner.readSync(start, end);
  }

  read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    this.store.alive();
    return this.#inner.read(start, end, options);
  }

  readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    this.store.alive();
    return (this.#inner as Required<ByteSource>).readInto(target, start, options);
  }

  readIntoSync(target: Uint8Array, start: number): void {
    this.store.alive();
    this.#inner.readIntoSync?.(target, start);
  }
}

class FaultFile extends Counted implements LiveFile, SyncByteSink {
  readonly #inner: LiveFile;

  constructor(store: FaultStore, inner: LiveFile, name: string) {
    super(store, name);
    this.#inner = inner;
  }

  statSync(): EntryStat {
    this.store.alive();
    return this.#inner.statSync();
  }

  readSync(start: number, end: number): Uint8Array {
    this.store.alive();
    return this.#inner.readSync(start, end);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.store.change("write", this.name, bytes.length, (most) =>
      this.#inner.writeSync(position, bytes.subarray(0, most)),
    );
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    this.writeSync(position, bytes);
  }

  appendSync(bytes: Uint8Array): void {
    this.store.change("append", this.name, bytes.length, (most) =>
      this.#inner.appendSync(bytes.subarray(0, most)),
    );
  }

  truncateSync(size: number): void {
    this.store.change("truncate", this.name, 0, () => this.#inner.truncateSync(size));
  }

  async truncate(size: number): Promise<void> {
    this.truncateSync(size);
  }

  flushSync(): void {
    this.store.change("flush", this.name, 0, () => this.#inner.flushSync());
  }

  async flush(): Promise<void> {
    this.flushSync();
  }
}
