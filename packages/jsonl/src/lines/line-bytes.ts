/** The byte that ends a line. */
export const NEWLINE = 10;

/** Bytes that a scan looks at in one piece: one reused buffer of this size is the fastest way through a file. */
export const LINE_WINDOW: number = 4 * 1024 * 1024;

const TAB = 9;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

/** Whether the bytes of `[from, to)` are spaces, tabs and carriage returns only. */
export function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) return false;
  }
  return true;
}

/** Bytes of the UTF-8 byte order mark that `bytes` begin with: 3 or 0. */
export function bomLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
