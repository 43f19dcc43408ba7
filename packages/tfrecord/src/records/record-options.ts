import type { ReaderOptions, WriterOptions } from "@nthrec/core";

/**
 * Which checksums are looked at: none, those of lengths, or those of payloads, too.
 * Lengths are compared with the file and with the index at every level.
 */
export type ChecksumLevel = "none" | "frame" | "payload";

/** How a {@link TFRecordReader} is opened. */
export interface TFRecordReaderOptions extends ReaderOptions {
  /** @default "frame" while an index is built, which then need not read payloads; "payload" for every read */
  readonly checksums?: ChecksumLevel | undefined;
}

/** How a {@link TFRecordWriter} is opened. */
export interface TFRecordWriterOptions extends WriterOptions {}
