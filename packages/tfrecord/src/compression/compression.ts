import { HEAD_BYTES, lengthAt } from "../records/frame.ts";
import { kindOfFile } from "../records/kind-of-file.ts";

/** How a TFRecord file is compressed as a whole. */
export type Compression = "GZIP" | "ZLIB";

/** Bytes with which the compression of a file can be told. */
export const TELLING_BYTES: number = HEAD_BYTES;

/**
 * Tells by its first bytes how a file is compressed; `undefined` for one that is not. Lengths of records can look
 * like the beginning of a compressed stream, so a first head that fits its checksum is believed before that.
 */
export function compressionOf(first: Uint8Array): Compression | undefined {
  if (first.length >= HEAD_BYTES && !Number.isNaN(lengthAt(first, 0, true))) return undefined;
  const kind = kindOfFile(first);
  return kind === "GZIP" || kind === "ZLIB" ? kind : undefined;
}
