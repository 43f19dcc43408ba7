import type { TailPolicy } from "../offsets/format-hooks.ts";
import type { IndexProgress } from "../offsets/progress.ts";
import type { HttpOptions } from "../source/http-options.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import type { AbortOptions } from "../types.ts";

/** How a reader is opened. */
export interface ReaderOptions extends AbortOptions {
  /**
   * Where the offsets lie; `"memory"` neither reads nor writes an index file.
   * A file named here is written even if another program made it. @default the data's name and the format's suffix
   */
  readonly index?: string | URL | StoreEntry | undefined;
  /**
   * What to do with an index that is missing, invalid, stale or foreign: scan the data and publish the offsets where
   * the place can be written, scan and publish nothing, or fail. @default "rebuild"
   */
  readonly onStaleIndex?: "rebuild" | "memory" | "throw" | undefined;
  /** Called at most four times a second, and once at the end, while an index is built. */
  readonly onIndexProgress?: ((progress: IndexProgress) => void) | undefined;
  /**
   * Called with each record's raw bytes, in order, when an index is built, before it is published.
   * What it throws ends the opening, and nothing is published.
   */
  readonly onIndexRecord?: ((bytes: Uint8Array, index: number) => void) | undefined;
  /** What bytes after the last whole record mean. @default the format's: `"record"` for lines, else `"error"` */
  readonly tail?: TailPolicy | undefined;
  /** Longest record that is read, bytes. @default what fits into memory */
  readonly maxRecordBytes?: number | undefined;
  /** Where reads of a local file run. @default "adaptive" */
  readonly io?: "adaptive" | "inline" | "pool" | undefined;
  /** Offsets all in memory (8 bytes a record), or page by page as they are needed. @default "auto": paged beyond 8 MiB */
  readonly offsets?: "auto" | "resident" | "paged" | undefined;
  /** Lets a remote file of over 8 MiB be read whole to find its records. @default false */
  readonly remoteScan?: boolean | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: HttpOptions | undefined;
  /** Closes a source that was passed in together with the reader. @default false */
  readonly closeSource?: boolean | undefined;
}

/** Options of a method that may wait. */
export type { AbortOptions };
