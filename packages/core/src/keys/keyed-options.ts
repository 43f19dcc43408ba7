import type { HttpOptions } from "../source/http-options.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import type { AbortOptions } from "../types.ts";
import type { Key } from "./key.ts";

/** What keys are looked up in: a reader, a set of shards, or anything else with these verbs. */
export interface KeyableReader<T> {
  /** As error messages show it. */
  readonly name: string;
  /** Records. */
  readonly length: number;
  get(index: number, options?: AbortOptions): Promise<T>;
  getSync(index: number): T;
  getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]>;
  getManySync(indices: Iterable<number>): T[];
  /** The bytes of a record as they lie in the file; some of them tie the index to its data. */
  getBytes(index: number, options?: AbortOptions): Promise<Uint8Array>;
  getBytesSync(index: number): Uint8Array;
  /** The records from `start` on. */
  slice(start?: number): Iterable<T> & { values(options?: AbortOptions): AsyncIterableIterator<T> };
}

/** How far the building of a key index has come. */
export interface KeyProgress {
  /** Records looked at so far. */
  readonly records: number;
  /** Records there are. */
  readonly total: number;
}

/** How records get their keys, and where the index of them lies. */
export interface KeyedOptions<T> extends AbortOptions {
  /**
   * The key of a record, several, or `undefined` if it has none. Pure: the same record always has the same keys. What
   * it throws ends the building.
   */
  readonly key: (record: T, index: number) => Key | readonly Key[] | undefined;
  /**
   * Names the index: one for each way to make keys. Letters, digits and `._=-`; the index of the data is
   * `<data>.keys-<name>`.
   */
  readonly name: string;
  /**
   * Where the index lies; `"memory"` neither reads nor writes one. Another program's file is never overwritten.
   * @default `<data>.keys-<name>`; in memory where the data have no place (a Blob, bytes) or many (a set of shards)
   */
  readonly indexFile?: string | URL | StoreEntry | undefined;
  /**
   * Which record a key finds that several have: the first, the last, all of them (`find` gives the first, `findAll`
   * all), or none, for it is an error. The index is the same in all cases. @default "error"
   */
  readonly duplicates?: "first" | "last" | "all" | "error" | undefined;
  /** What a record without a key is. @default "error" */
  readonly missing?: "skip" | "error" | undefined;
  /** What a record is that cannot be read or decoded while the index is built. @default "error" */
  readonly damaged?: "skip" | "error" | undefined;
  /** Whether text that no record has as key finds the number that it spells. @default false */
  readonly looseKeys?: boolean | undefined;
  /**
   * What to do with an index that is missing, invalid or stale: build it and publish it where the place can be
   * written, build it in memory, or fail. @default "rebuild"
   */
  readonly onStaleIndex?: "rebuild" | "memory" | "throw" | undefined;
  /** Called while the index is built, and once at its end. */
  readonly onProgress?: ((progress: KeyProgress) => void) | undefined;
  /** Records between two calls of `onProgress`. @default four calls a second at most */
  readonly progressInterval?: number | undefined;
  /** The index all in memory, or page by page as it is needed. @default "auto": paged beyond 64 MiB, over HTTP 64 KiB */
  readonly keys?: "auto" | "resident" | "paged" | undefined;
  /** Memory for gathering keys before they go to a temporary file, bytes. @default 134217728 (128 MiB) */
  readonly buildMemory?: number | undefined;
  /** Lets remote data of over 8 MiB be read whole to find their keys. @default false */
  readonly remoteScan?: boolean | undefined;
  /** How an `indexFile` at an http(s) URL is fetched. */
  readonly http?: HttpOptions | undefined;
}

/** What an index of keys holds. */
export interface KeyStats {
  /** Records that the index covers. */
  readonly records: number;
  /** Different keys. */
  readonly keys: number;
  /** Pairs of key and record. */
  readonly entries: number;
  /** Entries whose key an earlier record has. */
  readonly duplicates: number;
  /** Records without a key. */
  readonly missing: number;
  /** Records that could not be read when the index was built. */
  readonly damaged: number;
  /** Bytes of the index. */
  readonly bytes: number;
  /** Whether all of it is in memory. */
  readonly resident: boolean;
  /** Path or URL of the index, `undefined` when it is in memory only. */
  readonly indexFile: string | undefined;
}
