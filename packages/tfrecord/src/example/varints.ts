import { malformed } from "./wire-cursor.ts";

/** Numbers in `[start, end)`, which is whole varints. */
export function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at] as number) < 0x80) count++;
  return count;
}

/**
 * Writes the numbers in `[start, end)` as 64-bit words, low half first, from word `index` on; answers the next free one.
 * Bits beyond the 64th are dropped, as protobuf does.
 */
export function readVarints(
  bytes: Uint8Array,
  start: number,
  end: number,
  words: Uint32Array,
  index: number,
): number {
  let next = index;
  for (let at = start; at < end; ) {
    const first = bytes[at] as number;
    if (first < 0x80) {
      words[2 * next++] = first;
      at++;
    } else {
      at = readLong(bytes, at, end, words, 2 * next++);
    }
  }
  return next;
}

/** A number of two bytes and more; answers where it ends. */
function readLong(
  bytes: Uint8Array,
  start: number,
  end: number,
  words: Uint32Array,
  word: number,
): number {
  let low = 0;
  let high = 0;
  for (let width = 0; width < 10; width++) {
    const at = start + width;
    if (at === end) throw malformed("a number is cut off", start);
    const byte = bytes[at] as number;
    const bits = byte & 0x7f;
    if (width < 4) low |= bits << (7 * width);
    else if (width > 4) high |= bits << (7 * width - 32);
    else {
      low |= bits << 28;
      high = bits >>> 4;
    }
    if (byte < 0x80) {
      words[word] = low;
      words[word + 1] = high;
      return at + 1;
    }
  }
  throw malformed("a number takes more than 10 bytes", start);
}
