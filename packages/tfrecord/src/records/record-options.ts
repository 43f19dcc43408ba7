import type { Loss, ReaderOptions, WriterOptions } from "@nthrec/core";
import type { InflatePlace } from "../compression/inflate-place.ts";
import type { TFRecordIndexEntry } from "../dali/index-entry.ts";

/**
 * Which checksums are looked at: none, those of lengths, or those of payloads, too.
 * Lengths are compared with the file and with the index at every level.
 */
export type ChecksumLevel = "none" | "frame" | "payload";

/** What becomes of damage. */
export interface DamageOptions {
  /**
   * Fails at damage, or passes over it to the next place where a record begins: behind a damaged payload that is known,
   * behind a damaged length it is searched. @default "error"
   */
  readonly damage?: "error" | "skip" | undefined;
  /** Called for each place that was passed over, in order, with where it lies in the uncompressed file. */
  readonly onLoss?: ((loss: Loss) => void) | undefined;
}

/** How a {@link TFRecordReader} is opened. */
export interface TFRecordReaderOptions extends ReaderOptions, DamageOptions {
  /** @default "frame" while an index is built, which then need not read payloads; "payload" for every read */
  readonly checksums?: ChecksumLevel | undefined;
  /**
   * Passes over damage when the records are counted; numbers are those of the records that are left, and no index file
   * is read or written. Damaged payloads are found then only with `checksums: "payload"`, which reads everything;
   * otherwise they fail when they are read. @default "error"
   */
  readonly damage?: "error" | "skip" | undefined;
  /**
   * Where a file that is compressed as a whole is inflated to, once, so that its records can be read by number; other
   * files are opened as they are. @default they are refused
   */
  readonly inflate?: InflatePlace | undefined;
  /**
   * Offset and size of the frames to read, in this order, as `readTFRecordIndex` gives them: any selection of records.
   * Nothing is scanned, and no index file is read or written. @default all records, in the order of the file
   */
  readonly entries?: readonly TFRecordIndexEntry[] | undefined;
}

/** How a {@link TFRecordWriter} is opened. */
export interface TFRecordWriterOptions extends WriterOptions {}

/** The level that a user chose. @throws {@link TypeError} for what is none */
export function levelOf(level: ChecksumLevel | undefined, otherwise: ChecksumLevel): ChecksumLevel {
  if (level === undefined) return otherwise;
  if (level === "none" || level === "frame" || level === "payload") return level;
  throw new TypeError(`checksums is "none", "frame" or "payload", not ${String(level)}`);
}

/** Whether damage is passed over. @throws {@link TypeError} for what is no such choice */
export function skipsDamage({ damage = "error" }: DamageOptions): boolean {
  if (damage === "error" || damage === "skip") return damage === "skip";
  throw new TypeError(`damage is "error" or "skip", not ${String(damage)}`);
}
