import {
  type AbortOptions,
  type ByteSink,
  type EntryStat,
  isNthrecError,
  type LiveFile,
  type LiveStore,
  type LockOptions,
  NthrecError,
  type StoreLock,
  type StoreOpenOptions,
  type SyncByteSink,
  type SyncByteSource,
} from "@nthrec/core";
import { BlobFolder } from "./blob-folder.ts";
import { type BlobConf, CONF_NAME } from "./conf.ts";
import { LiveBlobFile, statOf } from "./live-blob-file.ts";
import { openSnapshotSync } from "./snapshot.ts";
import { StagedBlobFile } from "./staged-blob-file.ts";
import { STAT_NAME } from "./stat.ts";
import { folderOf, noSeal, SEAL_SUFFIX, type TensorStoreOptions } from "./tensor-store.ts";

/** How the blobs of a store are opened and written. */
export interface LiveTensorStoreOptions extends TensorStoreOptions {
  /** What a blob is made of that does not exist yet, or takes another one's place. */
  readonly conf?: BlobConf | undefined;
  /** Whether what is published must survive a crash of the machine. */
  readonly durable?: boolean | undefined;
}

/**
 * A store in which one folder, a blob, is an entry that several writers can share. Its seal, its lock and whatever
 * else belongs to it lie beside the folder: the original removes only folders in which it knows every file.
 */
export class LiveTensorStore implements LiveStore {
  readonly name: string;
  readonly blob: string;
  readonly #outer: LiveStore;
  readonly #inner: LiveStore;
  readonly #options: LiveTensorStoreOptions;
  /** What is being written under a name of its own, to be renamed to the blob's. */
  readonly #staged = new Map<string, StagedBlobFile>();

  constructor(outer: LiveStore, blob: string, options: LiveTensorStoreOptions = {}) {
    this.#outer = outer;
    this.#inner = folderOf(outer, blob) as LiveStore;
    this.name = outer.name;
    this.blob = blob;
    this.#options = options;
  }

  /** The blob's folder, to be changed under the lock. */
  folderToChange(): BlobFolder {
    return new BlobFolder(this.#inner, this.#options.durable);
  }

  async open(name: string, options?: StoreOpenOptions): Promise<SyncByteSource> {
    return this.openSync(name, options);
  }

  openSync(name: string, options?: StoreOpenOptions): SyncByteSource {
    if (name === this.blob + SEAL_SUFFIX) throw noSeal(this.name, name);
    if (name !== this.blob) return this.#outer.openSync(name, options);
    const { maxCachedBlocks } = this.#options;
    return openSnapshotSync(this.#inner, { ...options, maxCachedBlocks });
  }

  create(name: string, options?: AbortOptions): Promise<ByteSink> {
    return this.#outer.create(name, options);
  }

  createSync(name: string): SyncByteSink {
    return this.#outer.createSync(name);
  }

  list(options?: AbortOptions): AsyncIterable<string> {
    return this.#outer.list(options);
  }

  listSync(): string[] {
    try {
      return this.#outer.listSync();
    } catch (error) {
      // The folder around a blob is made with it.
      if (isNthrecError(error, "NTH_NOT_FOUND")) return [];
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.renameSync(from, to);
  }

  /** Publishes what was staged when it is given the blob's name. */
  renameSync(from: string, to: string): void {
    const staged = this.#staged.get(from);
    if (staged === undefined || to !== this.blob) {
      this.#outer.renameSync(from, to);
      return;
    }
    this.folderToChange().replace(staged.conf, staged.stat);
    this.#staged.delete(from);
  }

  async remove(name: string): Promise<void> {
    this.removeSync(name);
  }

  removeSync(name: string): void {
    const staged = this.#staged.get(name);
    if (staged === undefined) {
      this.#outer.removeSync(name);
      return;
    }
    staged.drop();
    this.#staged.delete(name);
    // A folder that was made only for what is given up goes with it.
    if (this.folderToChange().empty) this.#outer.removeFolderSync?.(this.blob);
  }

  statSync(name: string): EntryStat | undefined {
    const staged = this.#staged.get(name);
    if (staged !== undefined) return staged.statSync();
    if (name !== this.blob) return this.#outer.statSync(name);
    const folder = this.folderToChange();
    return folder.exists ? statOf(folder) : undefined;
  }

  /** Opens the blob for appending, a new one under another name, or a file beside it. */
  editSync(name: string, options?: { readonly create?: boolean | undefined }): LiveFile {
    if (name === this.blob) return this.#edit(options?.create === true);
    if (!name.startsWith(`${this.blob}.new-`)) return this.#outer.editSync(name, options);
    const existing = this.#staged.get(name);
    if (existing !== undefined) return existing;
    const staged = new StagedBlobFile(
      `${this.#outer.name}/${name}`,
      this.folderToChange(),
      this.#confToMake(),
    );
    this.#staged.set(name, staged);
    return staged;
  }

  lock(name: string, options?: LockOptions): StoreLock {
    return this.#outer.lock(name, options);
  }

  /** Watches the blob through the file that publishes its states. */
  watch(name: string, changed: () => void): () => void {
    const ends =
      name === this.blob
        ? this.#inner.watch?.(STAT_NAME, changed)
        : this.#outer.watch?.(name, changed);
    return ends ?? (() => {});
  }

  async flush(): Promise<void> {
    await this.#outer.flush?.();
  }

  flushSync(): void {
    this.#outer.flushSync?.();
  }

  folder(name: string): LiveStore {
    return folderOf(this.#outer, name) as LiveStore;
  }

  removeFolderSync(name: string): void {
    this.#outer.removeFolderSync?.(name);
  }

  #edit(create: boolean): LiveFile {
    const folder = this.folderToChange();
    if (!folder.exists) {
      if (!create) {
        throw new NthrecError("NTH_NOT_FOUND", `there is no ${folder.name}/${CONF_NAME}`, {
          source: folder.name,
        });
      }
      folder.create(this.#confToMake());
    }
    folder.sweep();
    return new LiveBlobFile(folder);
  }

  #confToMake(): BlobConf {
    const { conf } = this.#options;
    if (conf !== undefined) return conf;
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${this.#inner.name} does not exist: pass dtype and shape to make it`,
      { source: this.#inner.name },
    );
  }
}
