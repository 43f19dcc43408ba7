import { corrupt } from "../errors.ts";
import type { Compression } from "./codec.ts";

/** The byte that stands for each compression in a chunk (formats/arrayrecord.md 3.1). */
const CODES: Readonly<Record<Compression, number>> = {
  none: 0x00,
  brotli: 0x62,
  snappy: 0x73,
  zstd: 0x7a,
};

/** The byte that names `compression` at the beginning of a chunk. */
export function compressionCode(compression: Compression): number {
  return CODES[compression];
}

/** The compression that `code` names. @throws {@link NthrecError} `NTH_CORRUPTION` for no such one */
export function compressionOf(code: number | undefined): Compression {
  for (const [name, value] of Object.entries(CODES)) {
    if (value === code) return name as Compression;
  }
  throw corrupt(
    code === undefined ? "the chunk has no compression type" : `unknown compression type ${code}`,
  );
}
