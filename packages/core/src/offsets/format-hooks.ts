import type { ByteSource } from "../source/byte-source.ts";
import type { ByteRange, ReadPlan } from "../types.ts";
import type { OffsetTable } from "./offset-table.ts";

/** What bytes after the last whole record mean. */
export type TailPolicy = "record" | "ignore" | "error";

/** Records that are their frames without some bytes before and behind, each frame right behind the one before. */
export interface PlainFrames {
  /** Bytes of a frame before its record, and behind it. */
  readonly before: number;
  readonly behind: number;
  /**
   * Looks at `count` frames as reading them would: frame i is `window[bounds[i], bounds[i + 1])`. Answers how many are
   * sound before the first that is not.
   */
  check(window: Uint8Array, bounds: Uint32Array, count: number): number;
}

/** The records `[start, end)`. */
export interface RecordRun {
  readonly start: number;
  readonly end: number;
}

/** A format over one snapshot, as the rooms below the base classes see it. */
export interface FormatHooks<T = unknown> {
  /** The reader object whose hooks these are. */
  readonly owner: object;
  /** The snapshot. */
  readonly source: ByteSource;
  /** The offsets of the snapshot's records. */
  readonly offsets: OffsetTable;
  /** Where the last record ends. */
  readonly recordsEnd: number;
  /** Where records begin and stop; `open` may move them, the end also behind the data where they are cut. */
  readonly begin: number;
  readonly end: number;
  readonly tail: TailPolicy;
  readonly lead: 0 | 1;
  readonly borrows: boolean;
  /** Whether the offsets are not the format's plain ones, so that no index file is read or written. */
  readonly privateIndex: boolean;
  /** Whether not all of the file's own index is in memory; `loadPage` brings what a hook misses. */
  readonly paged: boolean;
  /** Whether the file holds its own index: a scan gives all records, perhaps only their number. */
  readonly ownIndex: boolean;
  readonly maxRecordBytes: number;
  /** Takes over the offsets that `locate` works with, and the end of the last record. */
  install(offsets: OffsetTable, recordsEnd: number): void;
  open(): ReadPlan<void>;
  buildIndex(offsets: OffsetTable, start: number): ReadPlan<number>;
  loadPage(page: number): ReadPlan<void>;
  locate(index: number): ByteRange | undefined;
  /** Whether a record needs no bytes now; absent where that never happens. */
  readonly cached: ((index: number) => boolean) | undefined;
  /** Set where records are parts of their frames and offsets tell all. */
  readonly plain: PlainFrames | undefined;
  frames(bytes: Uint8Array, before: number | undefined): boolean;
  get(bytes: Uint8Array, index: number): T;
  /** The records that come from the same bytes as record `index`; absent where each is decoded alone. */
  readonly chunk: ((index: number) => RecordRun) | undefined;
  /** Records of one chunk, in the order of `indices`; for a format that has `chunk`. */
  getMany(bytes: Uint8Array, indices: readonly number[]): T[];
  resync(start: number): ReadPlan<number | undefined>;
  rescue(frame: Uint8Array): number;
  /** The same format over other bytes, with hooks and state of its own. */
  over(source: ByteSource, overrides?: { readonly tail?: TailPolicy }): FormatHooks<T>;
}
