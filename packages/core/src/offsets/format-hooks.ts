import type { ByteSource } from "../source/byte-source.ts";
import type { ByteRange, ReadPlan } from "../types.ts";
import type { OffsetTable } from "./offset-table.ts";

/** What bytes after the last whole record mean. */
export type TailPolicy = "record" | "ignore" | "error";

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
  /** Where records begin and stop; `open` may move them. */
  readonly begin: number;
  readonly end: number;
  readonly tail: TailPolicy;
  readonly lead: 0 | 1;
  readonly borrows: boolean;
  /** Whether the offsets are not the format's plain ones, so that no index file is read or written. */
  readonly privateIndex: boolean;
  /** Whether the file holds its own index: a scan gives all records, perhaps only their number. */
  readonly ownIndex: boolean;
  readonly maxRecordBytes: number;
  /** Takes over the offsets that `locate` works with, and the end of the last record. */
  install(offsets: OffsetTable, recordsEnd: number): void;
  open(): ReadPlan<void>;
  buildIndex(offsets: OffsetTable, start: number): ReadPlan<number>;
  locate(index: number): ByteRange | undefined;
  /** Whether a record needs no bytes now; absent where that never happens. */
  readonly cached: ((index: number) => boolean) | undefined;
  frames(bytes: Uint8Array, before: number | undefined): boolean;
  get(bytes: Uint8Array, index: number): T;
  resync(start: number): ReadPlan<number | undefined>;
  rescue(frame: Uint8Array): number;
  /** The same format over other bytes, with hooks and state of its own. */
  over(source: ByteSource, overrides?: { readonly tail?: TailPolicy }): FormatHooks<T>;
}
