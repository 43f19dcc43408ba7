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

/** The entries of another store whose names begin with a prefix, under the rest of their names. */
export class PrefixStore implements LiveStore {
  readonly name: string;
  readonly #store: LiveStore;
  readonly #prefix: string;

  constructor(store: LiveStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
    this.name = `${store.name}/${prefix.replace(/\/$/, "")}`;
  }

  async open(name: string, options?: StoreOpenOptions): Promise<SyncByteSource> {
    return (await this.#store.open(this.#prefix + name, options)) as SyncByteSource;
  }

  openSync(name: string, options?: StoreOpenOptions): SyncByteSource {
    return this.#store.openSync(this.#prefix + name, options);
  }

  async create(name: string, options?: AbortOptions): Promise<SyncByteSink> {
    return (await this.#store.create(this.#prefix + name, options)) as SyncByteSink;
  }

  createSync(name: string): SyncByteSink {
    return this.#store.createSync(this.#prefix + name);
  }

  async *list(options?: AbortOptions): AsyncIterable<string> {
    for await (const name of this.#store.list(options)) {
      if (this.#isOwn(name)) yield name.slice(this.#prefix.length);
    }
  }

  listSync(): string[] {
    const own = this.#store.listSync().filter((name) => this.#isOwn(name));
    return own.map((name) => name.slice(this.#prefix.length));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#store.rename(this.#prefix + from, this.#prefix + to);
  }

  renameSync(from: string, to: string): void {
    this.#store.renameSync(this.#prefix + from, this.#prefix + to);
  }

  remove(name: string): Promise<void> {
    return this.#store.remove(this.#prefix + name);
  }

  removeSync(name: string): void {
    this.#store.removeSync(this.#prefix + name);
  }

  statSync(name: string): EntryStat | undefined {
    return this.#store.statSync(this.#prefix + name);
  }

  editSync(name: string, options?: { readonly create?: boolean | undefined }): LiveFile {
    return this.#store.editSync(this.#prefix + name, options);
  }

  watch(name: string, changed: () => void): () => void {
    return this.#store.watch?.(this.#prefix + name, changed) ?? (() => {});
  }

  lock(name: string, options?: LockOptions): StoreLock {
    return this.#store.lock(this.#prefix + name, options);
  }

  folder(name: string): LiveStore {
    return new PrefixStore(this.#store, `${this.#prefix}${name}/`);
  }

  removeFolderSync(_name: string): void {}

  /** Folders in this one are no entries. */
  #isOwn(name: string): boolean {
    return name.startsWith(this.#prefix) && !name.slice(this.#prefix.length).includes("/");
  }
}
