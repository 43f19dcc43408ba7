/** The byte that begins no value. */
const NEVER_USED = 0xc1;

/** For each first byte, how many bytes a value of that kind takes before its children; 0 where a length follows. */
const SIZES = new Uint8Array(256);
/** For each first byte, how many values follow as children; the one that is done is taken off. */
const CHILDREN = new Int16Array(256).fill(-1);
/** For each first byte of a kind with a length: bytes that the length takes, and bytes of a type behind it. */
const WIDTHS = new Uint8Array(256);
/** For each first byte of a kind with a length: what a unit of it stands for; 0 is bytes, else children. */
const UNITS = new Uint8Array(256);

SIZES.fill(1);
for (let low = 0; low < 16; low++) {
  CHILDREN[0x80 | low] = 2 * low - 1;
  CHILDREN[0x90 | low] = low - 1;
}
for (let low = 0; low < 32; low++) SIZES[0xa0 | low] = 1 + low;
for (const [first, sizes] of [
  [0xca, [5, 9, 2, 3, 5, 9, 2, 3, 5, 9]], // floats, unsigned and signed integers
  [0xd4, [3, 4, 6, 10, 18]], // extensions of 1, 2, 4, 8 and 16 bytes
] as const) {
  for (const [i, size] of sizes.entries()) SIZES[first + i] = size;
}
for (const [first, widths, extra, unit] of [
  [0xc4, [1, 2, 4], 0, 0], // bytes
  [0xc7, [1, 2, 4], 1, 0], // extensions
  [0xd9, [1, 2, 4], 0, 0], // text
  [0xdc, [2, 4], 0, 1], // arrays
  [0xde, [2, 4], 0, 2], // maps
] as const) {
  for (const [i, width] of widths.entries()) {
    SIZES[first + i] = 0;
    WIDTHS[first + i] = (width << 4) | extra;
    UNITS[first + i] = unit;
  }
}
SIZES[NEVER_USED] = 0;

/**
 * Walks over values by their lengths, without decoding: a counter of values that are still to come takes the place of
 * a stack, so that depth costs nothing.
 */
export class ValueWalk {
  /** Values still to come until the one that was begun is complete. */
  pending = 1;
  /** Whether the walk stands on a byte that begins no value. */
  invalid = false;

  /**
   * Walks from `from` to the end of the value that was begun, or of `bytes`. Answers where it came to: beyond `bytes`
   * when a payload goes on there, at a value's first byte when `bytes` cut its head.
   */
  run(bytes: Uint8Array, from: number): number {
    const length = bytes.length;
    let at = from;
    let pending = this.pending;
    while (pending > 0 && at < length) {
      const first = bytes[at] as number;
      const size = SIZES[first] as number;
      if (size === 0) {
        const shape = WIDTHS[first] as number;
        const behind = at + 1 + (shape >> 4);
        if (behind > length || shape === 0) {
          this.invalid = shape === 0;
          break;
        }
        let count = 0;
        for (let i = at + 1; i < behind; i++) count = count * 256 + (bytes[i] as number);
        const unit = UNITS[first] as number;
        at = unit === 0 ? behind + (shape & 15) + count : behind;
        pending += unit * count - 1;
      } else {
        at += size;
        pending += CHILDREN[first] as number;
      }
    }
    this.pending = pending;
    return at;
  }
}

/** Where the value that begins at `from` ends, or -1 when `bytes` do not hold all of it, or no value begins there. */
export function valueEnd(bytes: Uint8Array, from = 0): number {
  const walk = new ValueWalk();
  const end = walk.run(bytes, from);
  return walk.pending === 0 && end <= bytes.length ? end : -1;
}
