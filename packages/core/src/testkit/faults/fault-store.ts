import {
  type ByteSink,
  type ByteSource,
  type EntryStat,
  type LiveFile,
  type LiveStore,
  MemoryStore,
  NthrecError,
  type StoreLock,
  type StoreOpenOptions,
  type SyncByteSink,
  type SyncByteSource,
} from "../../index.ts";

/** A change that somebody is about to make to a store. Steps are counted from 1. */
export interface StoreStep {
  readonly step: number;
  readonly op: "create" | "write" | "append" | "truncate" | "rename" | "remove" | "flush";
  readonly name: string;
  /** Bytes to be written. */
  readonly bytes: number;
}

/**
 * Decides about a change: `undefined` lets it happen; a number lets that many of its bytes happen and then fails it,
 * 0 none of it, `Infinity` all of it.
 */
export type StoreFault = (step: StoreStep) => number | undefined;

/**
 * A store whose changes are counted and fail as told: a full disk, a folder that is read-only, a process that dies.
 * Its locks are its own, so that a process that died is not waited for.
 */
export class FaultStore implements LiveStore {
  readonly name: string;
  readonly #inner: LiveStore;
  readonly #fault: StoreFault;
  #locks: LiveStore = new MemoryStore();
  #steps = 0;

  constructor(inner: LiveStore, fault: StoreFault) {
    this.name = inner.name;
    this.#inner = inner;
    this.#fault = fault;
  }

  /** Changes asked for so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Passes a change on, in part, or not at all. */
  change(op: StoreStep["op"], name: string, bytes: number, apply: (bytes: number) => void): void {
    const allowed = this.#fault({ step: ++this.#steps, op, name, bytes });
    if (allowed === undefined || allowed > 0) apply(Math.min(allowed ?? bytes, bytes));
    if (allowed === undefined) return;
    throw new NthrecError("NTH_IO_ERROR", `${op} of ${name} failed: no space left on the device`, {
      source: name,
      cause: new Error("a fault of the test kit"),
    });
  }

  openSync(name: string, options?: StoreOpenOptions): SyncByteSource {
    return this.#inner.openSync(name, options);
  }

  open(name: string, options?: StoreOpenOptions): Promise<ByteSource> {
    return this.#inner.open(name, options);
  }

  createSync(name: string): SyncByteSink {
    let sink: SyncByteSink | undefined;
    this.change("create", name, 0, () => {
      sink = this.#inner.createSync(name);
    });
    return new FaultSink(this, sink as SyncByteSink, name);
  }

  async create(name: string): Promise<ByteSink> {
    return this.createSync(name);
  }

  listSync(): string[] {
    return this.#inner.listSync();
  }

  async *list(): AsyncIterable<string> {
    yield* this.listSync();
  }

  renameSync(from: string, to: string): void {
    this.change("rename", to, 0, () => this.#inner.renameSync(from, to));
  }

  async rename(from: string, to: string): Promise<void> {
    this.renameSync(from, to);
  }

  removeSync(name: string): void {
    this.change("remove", name, 0, () => this.#inner.removeSync(name));
  }

  async remove(name: string): Promise<void> {
    this.removeSync(name);
  }

  statSync(name: string): EntryStat | undefined {
    return this.#inner.statSync(name);
  }

  editSync(name: string, options?: { readonly create?: boolean | undefined }): LiveFile {
    if (options?.create === true && this.#inner.statSync(name) === undefined) {
      this.change("create", name, 0, () => this.#inner.editSync(name, options).closeSync());
    }
    return new FaultFile(this, this.#inner.editSync(name, options), name);
  }

  lock(name: string): StoreLock {
    return this.#locks.lock(name);
  }

  /** A folder of the store, whose changes are counted with the others, under names with a slash. */
  folder(name: string): LiveStore {
    const inner = this.#inner.folder?.(name);
    if (inner === undefined) {
      throw new NthrecError("NTH_NOT_SUPPORTED", `${this.name} has no folders`, {
        source: this.name,
      });
    }
    const folder = new FaultStore(inner, ({ op, name: file, bytes }) =>
      this.#fault({ step: ++this.#steps, op, name: `${name}/${file}`, bytes }),
    );
    folder.#locks = this.#locks.folder?.(name) ?? this.#locks;
    return folder;
  }

  removeFolderSync(name: string): void {
    this.change("remove", name, 0, () => this.#inner.removeFolderSync?.(name));
  }
}

/** A sink of a {@link FaultStore}. */
class FaultSink implements SyncByteSink {
  readonly name: string;
  readonly #store: FaultStore;
  readonly #inner: SyncByteSink;

  constructor(store: FaultStore, inner: SyncByteSink, name: string) {
    this.name = name;
    this.#store = store;
    this.#inner = inner;
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.#store.change("write", this.name, bytes.length, (most) =>
      this.#inner.writeSync(position, bytes.subarray(0, most)),
    );
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    this.writeSync(position, bytes);
  }

  truncateSync(size: number): void {
    this.#store.change("truncate", this.name, 0, () => this.#inner.truncateSync(size));
  }

  async truncate(size: number): Promise<void> {
    this.truncateSync(size);
  }

  flushSync(): void {
    this.#store.change("flush", this.name, 0, () => this.#inner.flushSync());
  }

  async flush(): Promise<void> {
    this.flushSync();
  }

  closeSync(): void {
    this.#inner.closeSync();
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

/** A file of a {@link FaultStore} that is open for reading and writing. */
class FaultFile implements LiveFile {
  readonly name: string;
  readonly #store: FaultStore;
  readonly #inner: LiveFile;

  constructor(store: FaultStore, inner: LiveFile, name: string) {
    this.name = name;
    this.#store = store;
    this.#inner = inner;
  }

  statSync(): EntryStat {
    return this.#inner.statSync();
  }

  readSync(start: number, end: number): Uint8Array {
    return this.#inner.readSync(start, end);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.#store.change("write", this.name, bytes.length, (most) =>
      this.#inner.writeSync(position, bytes.subarray(0, most)),
    );
  }

  appendSync(bytes: Uint8Array): void {
    this.#store.change("append", this.name, bytes.length, (most) =>
      this.#inner.appendSync(bytes.subarray(0, most)),
    );
  }

  publishSync(): void {
    this.#inner.publishSync?.();
  }

  truncateSync(size: number): void {
    this.#store.change("truncate", this.name, 0, () => this.#inner.truncateSync(size));
  }

  async flush(): Promise<void> {
    this.flushSync();
  }

  flushSync(): void {
    this.#store.change("flush", this.name, 0, () => this.#inner.flushSync());
  }

  closeSync(): void {
    this.#inner.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}
