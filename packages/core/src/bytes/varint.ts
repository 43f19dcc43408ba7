/** Longest LEB128 form of a safe integer, in bytes. */
export const MAX_VARINT_BYTES = 8;

/** A decoded varint: its value and the bytes it took. */
export interface Varint {
  readonly value: number;
  readonly width: number;
}

/** Reads an unsigned LEB128 number at `at`; `undefined` when it is cut short, too long, or 2^53 and more. */
export function readVarint(bytes: Uint8Array, at = 0): Varint | undefined {
  let value = 0;
  let scale = 1;
  for (let width = 1; width <= MAX_VARINT_BYTES; width++) {
    const byte = bytes[at + width - 1];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, width } : undefined;
    scale *= 128;
  }
  return undefined;
}

/** Bytes that `value` takes as a varint. */
export function varintWidth(value: number): number {
  let width = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) width++;
  return width;
}
