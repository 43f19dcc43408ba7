/** What an array file begins with. */
export interface ArrayHead {
  readonly kind: "fixarray" | "array16" | "array32";
  /** Bytes of the head; the first record follows. */
  readonly size: 1 | 3 | 5;
  /** How many records it says that there are. */
  readonly count: number;
}

/** Bytes of the head that this package and the original write. */
export const HEAD_BYTES = 5;
/** The first byte of such a head. */
export const ARRAY32 = 0xdd;
/** Where in such a head the count lies. */
export const COUNT_AT = 1;
/** The most records that a head can count. */
export const MOST_RECORDS = 0xffffffff;

const ARRAY16 = 0xdc;

/** Bytes that the head beginning with `first` takes, or 0 when no array begins with it. */
export function headSize(first: number): 0 | 1 | 3 | 5 {
  if (first >> 4 === 9) return 1;
  if (first === ARRAY16) return 3;
  return first === ARRAY32 ? HEAD_BYTES : 0;
}

/** Reads the head of an array that is whole in `bytes`. */
export function readHead(bytes: Uint8Array, size: 1 | 3 | 5): ArrayHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 1) return { kind: "fixarray", size, count: view.getUint8(0) & 15 };
  if (size === 3) return { kind: "array16", size, count: view.getUint16(COUNT_AT) };
  return { kind: "array32", size, count: view.getUint32(COUNT_AT) };
}
