/** The longest meta-block whose size takes four digits of four bits. */
const MOST_BYTES = 65_536;
/** The last meta-block, which is empty. */
const END = 3;

/**
 * What a brotli stream (RFC 7932) holds, if that is one meta-block of `size` bytes as they are, as encoders write a few bytes: the size of a
 * record, which every small group has, needs no codec then.
 *
 * @returns `undefined` for every other stream, sound or not; else a view of `bytes`.
 */
export function storedBrotli(bytes: Uint8Array, size: number): Uint8Array | undefined {
  if (size === 0 || size > MOST_BYTES || bytes.length < 5) return undefined;
  if (bytes[bytes.length - 1] !== END) return undefined;
  const window = windowBits(bytes[0] as number);
  if (window === 0) return undefined;
  const low = (bytes[0] as number) | ((bytes[1] as number) << 8) | ((bytes[2] as number) << 16);
  const head = (low | ((bytes[3] as number) << 24)) >>> window;
  // Bits: whether it is the last, two for the digits of its size, its size less one, whether it is as it is.
  if ((head & 0xf_ff_ff) !== (((size - 1) << 3) | STORED)) return undefined;
  const width = (window + HEAD_BITS + 7) >> 3;
  if (width + size + 1 !== bytes.length) return undefined;
  // Bits up to the next byte are zero.
  const last = bytes[width - 1] as number;
  if (last >>> (8 - (8 * width - window - HEAD_BITS)) !== 0) return undefined;
  return bytes.subarray(width, width + size);
}

const HEAD_BITS = 20;
/** The bit behind the size. */
const STORED = 1 << 19;

/** How many bits say the size of the window; 0 for a large window, which says it in another way. */
function windowBits(first: number): number {
  if ((first & 1) === 0) return 1;
  if ((first & 0x0e) !== 0) return 4;
  return (first & 0x70) === 0x10 ? 0 : 7;
}
