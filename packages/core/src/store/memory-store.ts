import { NthrecError, throwIfAborted } from "../errors.ts";
import type { SyncByteSink } from "../sink/byte-sink.ts";
import type { SyncByteSource } from "../source/byte-source.ts";
import type { AbortOptions } from "../types.ts";
import type {
  EntryStat,
  LiveFile,
  LiveStore,
  LockOptions,
  StoreLock,
  StoreOpenOptions,
} from "./byte-store.ts";
import { MemoryFile, type Surroundings } from "./memory-file.ts";
import { MemoryFileSource } from "./memory-file-source.ts";
import { MemoryLiveFile } from "./memory-live-file.ts";
import { type LockState, MemoryLock } from "./memory-lock.ts";
import { MemoryWatches } from "./memory-watches.ts";
import { PrefixStore } from "./prefix-store.ts";
import { privateStores } from "./private-stores.ts";

/** How a {@link MemoryStore} begins and how large its entries may get. */
export interface MemoryStoreOptions {
  /** As error messages show it. @default "memory" */
  readonly name?: string | undefined;
  /** Entries to begin with; their bytes are copied. @default none */
  readonly entries?: Iterable<readonly [name: string, bytes: Uint8Array]> | undefined;
  /** Largest size of an entry, bytes. @default 4294967296 (4 GiB) */
  readonly maxBytes?: number | undefined;
  /** The clock of modification times, ms. @default the time of day, with fraction */
  readonly now?: (() => number) | undefined;
}

/** A folder in memory that behaves as one on disk: an entry that lost its name stays readable to those who opened it. */
export class MemoryStore implements LiveStore {
  readonly name: string;
  readonly #files = new Map<string, MemoryFile>();
  readonly #locks = new Map<string, LockState>();
  readonly #watches = new MemoryWatches();
  readonly #maxBytes: number | undefined;
  readonly #surroundings: Surroundings;
  #inodes = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.name = options.name ?? "memory";
    privateStores.add(this);
    this.#maxBytes = options.maxBytes;
    this.#surroundings = {
      now: options.now ?? (() => performance.timeOrigin + performance.now()),
      changed: (file) => this.#changed(file),
    };
    for (const [name, bytes] of options.entries ?? []) this.#add(name, bytes);
  }

  async open(name: string, options?: StoreOpenOptions): Promise<SyncByteSource> {
    throwIfAborted(options?.signal, this.#path(name));
    return this.openSync(name);
  }

  openSync(name: string, _options?: StoreOpenOptions): SyncByteSource {
    return new MemoryFileSource(this.#path(name), this.#existing(name));
  }

  async create(name: string, options?: AbortOptions): Promise<SyncByteSink> {
    throwIfAborted(options?.signal, this.#path(name));
    return this.createSync(name);
  }

  createSync(name: string): SyncByteSink {
    const file = this.#files.get(name) ?? this.#add(name);
    file.truncate(this.#path(name), 0);
    return new MemoryLiveFile(this.#path(name), file);
  }

  editSync(name: string, options: { readonly create?: boolean | undefined } = {}): LiveFile {
    const file = options.create && !this.#files.has(name) ? this.#add(name) : this.#existing(name);
    return new MemoryLiveFile(this.#path(name), file);
  }

  async *list(options?: AbortOptions): AsyncIterable<string> {
    for (const name of this.listSync()) {
      throwIfAborted(options?.signal, this.name);
      yield name;
    }
  }

  /** The names, sorted. */
  listSync(): string[] {
    return [...this.#files.keys()].sort();
  }

  async rename(from: string, to: string): Promise<void> {
    this.renameSync(from, to);
  }

  renameSync(from: string, to: string): void {
    const file = this.#existing(from);
    this.#files.delete(from);
    this.#files.set(to, file);
    this.#watches.tell(from);
    this.#watches.tell(to);
  }

  async remove(name: string): Promise<void> {
    this.removeSync(name);
  }

  removeSync(name: string): void {
    if (this.#files.delete(name)) this.#watches.tell(name);
  }

  statSync(name: string): EntryStat | undefined {
    return this.#files.get(name)?.stat();
  }

  /** The entries whose names begin with `name` and a slash. */
  folder(name: string): LiveStore {
    return new PrefixStore(this, `${name}/`);
  }

  /** Nothing to do: a folder in memory is no more than a beginning of names. */
  removeFolderSync(_name: string): void {}

  /** Calls `changed` after each change of the entry, or of which file has its name, as soon as the caller is done. */
  watch(name: string, changed: () => void): () => void {
    return this.#watches.add(name, changed);
  }

  /** The lock called `name`; its users live in one thread, so that both kinds are the same. */
  lock(name: string, _options?: LockOptions): StoreLock {
    let state = this.#locks.get(name);
    if (state === undefined) {
      state = { holder: undefined };
      this.#locks.set(name, state);
    }
    return new MemoryLock(this.#path(name), state);
  }

  #add(name: string, bytes?: Uint8Array): MemoryFile {
    if (name === "") throw new TypeError(`an entry of ${this.name} needs a name`);
    this.#inodes++;
    const file = new MemoryFile(this.#inodes, this.#surroundings, bytes, this.#maxBytes);
    this.#files.set(name, file);
    this.#watches.tell(name);
    return file;
  }

  /** A file knows no name: it may have lost it, and those who had it open write on. */
  #changed(file: MemoryFile): void {
    for (const name of this.#watches.names()) {
      if (this.#files.get(name) === file) this.#watches.tell(name);
    }
  }

  #existing(name: string): MemoryFile {
    const file = this.#files.get(name);
    if (file !== undefined) return file;
    const path = this.#path(name);
    throw new NthrecError("NTH_NOT_FOUND", `there is no ${path}`, { source: path });
  }

  #path(name: string): string {
    return `${this.name}/${name}`;
  }
}
