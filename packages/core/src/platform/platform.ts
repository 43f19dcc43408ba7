import type { LiveStore, StoreEntry } from "../store/byte-store.ts";

/** What differs between Node and a browser. `#platform` is one object of this type; nothing else may. */
export interface Platform {
  /** `"node"` or `"browser"`. */
  readonly kind: "node" | "browser";
  /**
   * The entry that a path or `file:` URL names, by its real path where it exists.
   *
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` in a browser, with a sentence that says what to pass
   */
  resolvePath(path: string | URL): StoreEntry<LiveStore>;
  /** The names of the folders in a folder, links to folders included, sorted. */
  foldersIn(path: string): string[];
  /** Decodes `bytes[start, end)` as UTF-8, malformed bytes as U+FFFD, a leading BOM kept. */
  decodeUtf8(bytes: Uint8Array, start: number, end: number): string;
  /** Position of the first byte `value` from `from` on, or -1. */
  indexOf(bytes: Uint8Array, value: number, from: number): number;
  /** Whether `bytes` are well-formed UTF-8. */
  isUtf8(bytes: Uint8Array): boolean;
  /** The same memory as the view in which searching is fastest (a Buffer in Node); nothing is copied. */
  wrap(bytes: Uint8Array): Uint8Array;
  /** A buffer of `size` bytes with any content. */
  allocate(size: number): Uint8Array;
  /** CRC-32 (IEEE), continuing from `seed`. */
  crc32(bytes: Uint8Array, seed?: number): number;
  /** Resolves in a new turn of the event loop. */
  breathe(): Promise<void>;
  /** Sleeps in place. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where the thread may not block */
  sleepSync(milliseconds: number): void;
  /** A short name, unique among all threads and processes that may meet in one folder. */
  uniqueName(): string;
}
