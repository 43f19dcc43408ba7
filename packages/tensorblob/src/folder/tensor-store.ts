import {
  type AbortOptions,
  type ByteSink,
  type ByteSource,
  type ByteStore,
  NthrecError,
  type StoreOpenOptions,
} from "@nthrec/core";
import { openSnapshot } from "./snapshot.ts";

/** What follows a blob's name in the name of its seal. */
export const SEAL_SUFFIX = ".seal";

/** How the blobs of a store are opened. */
export interface TensorStoreOptions {
  /** Block files kept open at a time. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
}

/** A store in which one folder, a blob, is an entry that reads as one stream of tensors. */
export class TensorStore implements ByteStore {
  readonly name: string;
  readonly blob: string;
  readonly #outer: ByteStore;
  readonly #options: TensorStoreOptions;

  constructor(outer: ByteStore, blob: string, options: TensorStoreOptions = {}) {
    this.#outer = outer;
    this.name = outer.name;
    this.blob = blob;
    this.#options = options;
  }

  async open(name: string, options?: StoreOpenOptions): Promise<ByteSource> {
    if (name === this.blob + SEAL_SUFFIX) throw noSeal(this.name, name);
    if (name !== this.blob) return this.#outer.open(name, options);
    return openSnapshot(folderOf(this.#outer, name), { ...options, ...this.#options });
  }

  create(name: string, options?: AbortOptions): Promise<ByteSink> {
    return this.#outer.create(name, options);
  }

  list(options?: AbortOptions): AsyncIterable<string> {
    return this.#outer.list(options);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#outer.rename(from, to);
  }

  remove(name: string): Promise<void> {
    return this.#outer.remove(name);
  }
}

/**
 * What a reader hears that asks for a blob's seal. Writers keep one to know each other's work, but what a blob holds is
 * said by its `.stat` alone: whatever is published there is whole, whoever published it.
 */
export function noSeal(folder: string, name: string): NthrecError {
  return new NthrecError("NTH_NOT_FOUND", `the seal ${name} in ${folder} is for writers only`, {
    source: name,
  });
}

/** The folder `name` of a store. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where a store has none */
export function folderOf(store: ByteStore, name: string): ByteStore {
  const folder = store.folder?.(name);
  if (folder !== undefined) return folder;
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${store.name} has no folders, and a blob is one: give the store a folder(name) method`,
    { source: store.name },
  );
}
