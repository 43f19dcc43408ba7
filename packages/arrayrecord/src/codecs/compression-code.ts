import { corrupt } from "../errors.ts";
import type { Compression } from "./codec.ts";

/** The byte that stands for each compression in a chunk (formats/arrayrecord.md 3.1). */
const CODES = {
  none: 0x00,
  brotli: 0x62,
  snappy: 0x73,
  zstd: 0x7a,
} as const satisfies Readonly<Record<Compression, number>>;

/** The byte that names `compression` at the beginning of a chunk. */
export function compressionCode(compression: Compression): number {
  return CODES[compression];
}

/** The compression that `code` names. @throws {@link NthrecError} `NTH_CORRUPTION` for no such one */
export function compressionOf(code: number | undefined): Compression {
  switch (code) {
    case CODES.none:
      return "none";
    case CODES.brotli:
      return "brotli";
    case CODES.snappy:
      return "snappy";
    case CODES.zstd:
      return "zstd";
    default:
      throw corrupt(
        code === undefined
          ? "the chunk has no compression type"
          : `unknown compression type ${code}`,
      );
  }
}
