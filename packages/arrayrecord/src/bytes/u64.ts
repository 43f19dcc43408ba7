const TWO_32 = 4294967296;

/** The little-endian u32 at `at`. */
export function u32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** The little-endian u64 at `at`; rounded from 2^53 on. */
export function u64At(bytes: Uint8Array, at: number): number {
  return u32At(bytes, at) + u32At(bytes, at + 4) * TWO_32;
}

/** Writes a safe integer as a little-endian u64 at `at`. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  // What a bit operator makes of a number is its lower half; a remainder would be a division.
  putU32(bytes, at, value | 0);
  putU32(bytes, at + 4, value < TWO_32 ? 0 : Math.floor(value / TWO_32));
}

function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
