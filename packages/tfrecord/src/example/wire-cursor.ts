import { NthrecError } from "@nthrec/core";

/** Wire types of the protobuf encoding. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;

/** Parts of a message, as start and end, start and end: a message that occurs twice is read as one. */
export type Ranges = readonly number[];

const MOST_VARINT_BYTES = 10;
/** Tags and lengths are 32-bit numbers. */
const MOST_SHORT_BYTES = 5;
const MOST_SHORT = 0xffffffff;
/** Groups within groups, which nobody writes; deeper ones are refused, as protobuf does. */
const MOST_DEPTH = 100;

/** Walks over the fields of a message. Every step is checked against the message's end. */
export class WireCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** The next field's tag; 0 at the end of the message. */
  tag(): number {
    if (this.at === this.end) return 0;
    const begin = this.at;
    const tag = this.#short();
    if (tag >>> 3 === 0) throw malformed("a field has the number 0", begin);
    return tag;
  }

  /** Enters a field of bytes; answers where it ends. The caller moves on from there. */
  enter(): number {
    const begin = this.at;
    const length = this.#short();
    if (length > this.end - this.at) {
      throw malformed(`a field of ${length} bytes is longer than what holds it`, begin);
    }
    return this.at + length;
  }

  /** Passes over a field whose tag was read. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === WIRE.varint) this.varint();
    else if (type === WIRE.bytes) this.at = this.enter();
    else if (type === WIRE.fixed32) this.#advance(4);
    else if (type === WIRE.fixed64) this.#advance(8);
    else if (type === WIRE.group) this.#skipGroup(tag);
    else throw malformed(`a field has the wire type ${type}`, this.at);
  }

  /** Passes over a varint. */
  varint(): void {
    const begin = this.at;
    for (let width = 1; width <= MOST_VARINT_BYTES; width++) {
      if (this.at === this.end) throw malformed("a number is cut off", begin);
      if ((this.bytes[this.at++] as number) < 0x80) return;
    }
    throw malformed("a number takes more than 10 bytes", begin);
  }

  #skipGroup(tag: number): void {
    const open = [tag];
    while (open.length > 0) {
      const next = this.tag();
      if (next === 0) throw malformed("a group is not closed", this.at);
      if ((next & 7) === WIRE.group) open.push(next);
      else if ((next & 7) !== WIRE.groupEnd) this.skip(next);
      else if ((open.pop() as number) >>> 3 !== next >>> 3) {
        throw malformed("a group is closed by another one's end", this.at);
      }
      if (open.length > MOST_DEPTH) throw malformed("groups are nested too deep", this.at);
    }
  }

  #advance(width: number): void {
    if (width > this.end - this.at) throw malformed("a number is cut off", this.at);
    this.at += width;
  }

  #short(): number {
    const begin = this.at;
    let value = 0;
    let scale = 1;
    for (let width = 1; width <= MOST_SHORT_BYTES; width++) {
      if (this.at === this.end) throw malformed("a tag or length is cut off", begin);
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > MOST_SHORT) break;
        return value;
      }
      scale *= 128;
    }
    throw malformed("a tag or length is too large", begin);
  }
}

/** The error of bytes that are no message of the kind that they should be. */
export function malformed(what: string, at: number): NthrecError {
  return new NthrecError(
    "NTH_DECODE_ERROR",
    `it is no tf.train.Example: ${what} (byte ${at} of the record)`,
  );
}
