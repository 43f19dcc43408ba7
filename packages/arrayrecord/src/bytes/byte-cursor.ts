import { corrupt } from "../errors.ts";

/** A checked walk over bytes: varints and runs of bytes, one after the other. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  /** Position of the next byte. */
  at: number;
  /** Position after the last byte. */
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    if (this.at >= this.end) throw corrupt("data ends too early");
    return this.bytes[this.at++] as number;
  }

  /** Reads a number of at most 32 bits, in at most 5 bytes. */
  varint32(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if (last >= 16) throw corrupt("invalid varint32");
    return (value | (last << 28)) >>> 0;
  }

  /** Reads a number of at most 64 bits, in at most 10 bytes; from 2^53 on it is rounded. */
  varint64(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 128;
    for (let width = 2; width < 10; width++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    const last = this.u8();
    if (last >= 2) throw corrupt("invalid varint64");
    return value + last * scale;
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) throw corrupt("data ends too early");
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** Demands that nothing is left. */
  finish(what: string): void {
    if (this.at !== this.end) throw corrupt(`${what}: end of data expected`);
  }
}
