import { platform } from "#platform";

/**
 * Decodes `bytes[start, end)` as UTF-8; malformed bytes become U+FFFD and a BOM stays.
 * Faster than `TextDecoder` for short text in Node.
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return platform.decodeUtf8(bytes, start, end);
}

/** Whether `bytes` are well-formed UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  return platform.isUtf8(bytes);
}

/** Position of the first byte `value` from `from` on, or -1; as fast as the platform can. */
export function indexOfByte(bytes: Uint8Array, value: number, from = 0): number {
  return platform.indexOf(bytes, value, from);
}
