import type { NthrecError } from "../errors.ts";
import type { ByteSink, SyncByteSink } from "../sink/byte-sink.ts";
import type { ByteSource, SyncByteSource } from "../source/byte-source.ts";
import type { AbortOptions } from "../types.ts";

/** How a store opens an entry for reading. */
export interface StoreOpenOptions extends AbortOptions {
  /**
   * Where reads of a local file run: `"inline"` in the calling thread, `"pool"` in the thread pool,
   * `"adaptive"` inline while the file proves fast. @default "adaptive"
   */
  readonly io?: "adaptive" | "inline" | "pool" | undefined;
  /** Bytes at the end that the caller needs first; a remote store may fetch them in its first request. */
  readonly tailBytes?: number | undefined;
}

/** A folder of named sources and sinks: a directory, a URL prefix, memory. */
export interface ByteStore {
  /** Path or URL of the folder, as error messages show it. */
  readonly name: string;
  /** Opens an entry for reading. @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_IO_ERROR` */
  open(name: string, options?: StoreOpenOptions): Promise<ByteSource>;
  /** Creates an entry, or empties it. @throws {@link NthrecError} `NTH_READONLY`, `NTH_IO_ERROR` */
  create(name: string, options?: AbortOptions): Promise<ByteSink>;
  list(options?: AbortOptions): AsyncIterable<string>;
  /** Moves an entry over another one, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes an entry; a missing one is no error. */
  remove(name: string): Promise<void>;
  /** Optional: the folder `name` in this one, for data that are a folder of files. Nothing is looked at or made. */
  folder?(name: string): ByteStore;
}

/** A store that can also answer before it returns. */
export interface SyncByteStore extends ByteStore {
  openSync(name: string, options?: StoreOpenOptions): SyncByteSource;
  createSync(name: string): SyncByteSink;
  listSync(): string[];
  renameSync(from: string, to: string): void;
  removeSync(name: string): void;
}

/** What a store knows of an entry without reading it. */
export interface EntryStat {
  /** Bytes. */
  readonly size: number;
  /** Changes when another file takes the name. */
  readonly inode: number;
  /** Time of the last change of content, ms with fraction. */
  readonly modified: number;
}

/** An entry open for reading and writing while others use it too; the journal works on these. */
export interface LiveFile extends Disposable {
  readonly name: string;
  statSync(): EntryStat;
  /** Reads `[start, end)`. @throws {@link NthrecError} `NTH_SHORT_READ` when the file ends before `end` */
  readSync(start: number, end: number): Uint8Array;
  /** Optional: fills memory of the caller's from `start` on, where allocating for each read would cost more than the read. */
  readIntoSync?(target: Uint8Array, start: number): void;
  /** Writes all of `bytes` at `position`. */
  writeSync(position: number, bytes: Uint8Array): void;
  /** Writes all of `bytes` at the end, wherever that is at the moment of the write (`O_APPEND`). */
  appendSync(bytes: Uint8Array): void;
  /**
   * Optional: shows readers what was appended, for an entry whose content is told by another file than the one that
   * holds it. Without this method they see each append at once. The journal calls it in every commit, behind the last
   * append; `statSync` and `readSync` of this object show what was appended before, too.
   */
  publishSync?(): void;
  /** Cuts what is published and what is not yet; what was published goes for readers, too. */
  truncateSync(size: number): void;
  /** Makes content survive a crash of the machine (`fdatasync`), in the thread pool. */
  flush(): Promise<void>;
  flushSync(): void;
  closeSync(): void;
}

/** What a lock is made of; all who share one use the same kind. */
export type LockKind = "generation" | "kernel";

/** Which lock is wanted. */
export interface LockOptions {
  /** @default the kind that its users settled on before, else `"generation"` */
  readonly kind?: LockKind | undefined;
}

/** One lock of a store: at most one holder among all threads of all processes that use it. */
export interface StoreLock {
  /** The lock's name, as error messages show it. */
  readonly name: string;
  /**
   * Tries once, without waiting: `true` when it is ours now.
   *
   * @throws {@link NthrecError} `NTH_LOCKED` when its users settled on another kind, `NTH_NOT_SUPPORTED` when this kind
   * does not work here; waiting would change neither
   */
  tryAcquire(): boolean;
  /**
   * Optional: the last try found a holder that cannot be judged from here (of another machine or PID namespace). It may
   * live and release, so that waiting helps; when the wait is over, this error says what to do.
   */
  readonly obstacle?: NthrecError | undefined;
  /** Whether this thread holds it, through this object or another: waiting in place would never end. */
  readonly heldByThisThread: boolean;
  /** Lets the next one have it, and lets go of everything else; does nothing when this object has neither. */
  release(): void;
  /**
   * Optional: as `release`, by a holder that means to come back: it may keep what makes its next try cheap, such as
   * an open file, until it calls `release`.
   */
  rest?(): void;
  /** Optional: whether nobody else can have held it between the last time that this object did and now. */
  readonly undisturbed?: boolean | undefined;
}

/** A store whose entries several writers can share: a directory, memory. */
export interface LiveStore extends SyncByteStore {
  statSync(name: string): EntryStat | undefined;
  /** Opens an entry for reading and writing, creating it empty when `create` is set. */
  editSync(name: string, options?: { readonly create?: boolean | undefined }): LiveFile;
  /** Optional: makes names survive a crash of the machine, after files were created or renamed. */
  flush?(): Promise<void>;
  /** Optional twin of `flush`. */
  flushSync?(): void;
  /**
   * Optional: calls `changed` soon after something happened to an entry, or to one that takes its name. A hint: it
   * may come late, often, or not at all. The answer ends the watch.
   */
  watch?(name: string, changed: () => void): () => void;
  /** The lock called `name`; nothing is written before the first `tryAcquire`. */
  lock(name: string, options?: LockOptions): StoreLock;
  folder?(name: string): LiveStore;
  /** Optional: removes the folder `name`, which must be empty; a missing one is no error. */
  removeFolderSync?(name: string): void;
}

/** One entry of a store: what a path or URL resolves to, and what a caller with a store of its own passes. */
export interface StoreEntry<S extends ByteStore = ByteStore> {
  readonly store: S;
  readonly name: string;
}

/** Whether `store` can answer before it returns. */
export function isSyncStore(store: ByteStore): store is SyncByteStore {
  return typeof (store as Partial<SyncByteStore>).openSync === "function";
}

/** Whether several writers can share the entries of `store`. */
export function isLiveStore(store: ByteStore): store is LiveStore {
  return typeof (store as Partial<LiveStore>).editSync === "function";
}
