import { maskedCrcOfLength } from "../crc32c/masked-crc.ts";

/** A frame is a 64-bit length and its checksum, the payload, and the payload's checksum. */
export const HEAD_BYTES = 12;
export const FRAME_BYTES = 16;

const TWO_32 = 4294967296;

/**
 * The payload's length that the head at `at` states; NaN where the head's checksum is to be looked at and does not
 * fit. Lengths of 2^53 and more come out rounded: no file is that long.
 */
export function lengthAt(bytes: Uint8Array, at: number, checked: boolean): number {
  const low = u32At(bytes, at);
  const high = u32At(bytes, at + 4);
  if (checked && u32At(bytes, at + 8) !== maskedCrcOfLength(low, high)) return Number.NaN;
  return low + high * TWO_32;
}

/** The unsigned little-endian 32-bit number at `at`; faster than a DataView, which would have to be made first. */
export function u32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
