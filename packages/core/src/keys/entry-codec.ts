import { NthrecError } from "../errors.ts";
import { MAX_KEY_BYTES } from "./key.ts";

/** Bit of an entry's first byte: several records have the key. */
export const MANY = 4;
/** Length in an entry's first byte that says: it follows as a varint. */
const LONG = 31;
/** Most bytes that an entry takes besides its key and its records. */
export const ENTRY_OVERHEAD = 16;

/** Writes a safe integer as a varint; returns where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let place = at;
  while (rest > 0x0fffffff) {
    bytes[place++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    bytes[place++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[place++] = rest;
  return place;
}

/** Writes the first byte of an entry, the length of its key, and the key; returns where they end. */
export function putKey(
  target: Uint8Array,
  at: number,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const length = end - start;
  let place = at;
  if (length < LONG) {
    target[place++] = flags | (length << 3);
  } else {
    target[place++] = flags | (LONG << 3);
    place = putVarint(target, place, length);
  }
  if (length > 64) {
    target.set(bytes.subarray(start, end), place);
    return place + length;
  }
  for (let i = start; i < end; i++) target[place++] = bytes[i] as number;
  return place;
}

/** Reads entries one after another; whatever the bytes are, it stays within them. */
export class EntryReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Where the bytes end. */
  limit = 0;
  kind = 0;
  many = false;
  /** Where the key lies. */
  start = 0;
  end = 0;

  over(bytes: Uint8Array, at: number, limit: number): this {
    this.bytes = bytes;
    this.at = at;
    this.limit = limit;
    return this;
  }

  /** Reads a varint. @throws {@link NthrecError} `NTH_INDEX_INVALID` */
  varint(): number {
    const bytes = this.bytes;
    let value = 0;
    let factor = 1;
    for (let at = this.at; at < this.limit; at++) {
      const byte = bytes[at] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.at = at + 1;
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      factor *= 128;
      if (factor > 2 ** 49) break;
    }
    throw unsound();
  }

  /** Reads an entry up to its records. @throws {@link NthrecError} `NTH_INDEX_INVALID` */
  key(): void {
    if (this.at >= this.limit) throw unsound();
    const lead = this.bytes[this.at++] as number;
    this.kind = lead & 3;
    this.many = (lead & MANY) !== 0;
    const length = lead >>> 3 === LONG ? this.varint() : lead >>> 3;
    this.start = this.at;
    this.end = this.at + length;
    if (length > MAX_KEY_BYTES || this.end > this.limit || (this.kind > 1 && length !== 8)) {
      throw unsound();
    }
    this.at = this.end;
  }

  /** Passes over the records of the entry whose key was read. */
  skipRecords(): void {
    const value = this.varint();
    if (!this.many) return;
    if (value > this.limit - this.at) throw unsound();
    this.at += value;
  }

  /** Passes over `count` entries. @throws {@link NthrecError} `NTH_INDEX_INVALID` */
  skip(count: number): void {
    const { bytes, limit } = this;
    for (let left = count; left > 0; left--) {
      const lead = bytes[this.at] as number;
      // Nearly all are short keys of one record: of bytes or text, less than 7 bytes of record. No call is needed.
      const record = this.at + 1 + (lead >>> 3);
      let at = record;
      while (at < limit && (bytes[at] as number) > 0x7f) at++;
      if (at < limit && at - record < 7 && (lead & (MANY | 2)) === 0 && lead < LONG << 3) {
        this.at = at + 1;
      } else {
        this.key();
        this.skipRecords();
      }
    }
  }

  /** The records of the entry whose key was read, rising; `take` answers whether it wants more. */
  records(take: (record: number) => boolean): void {
    const value = this.varint();
    if (!this.many) {
      take(value);
      return;
    }
    if (value > this.limit - this.at) throw unsound();
    const stop = this.at + value;
    const limit = this.limit;
    this.limit = stop;
    for (let record = 0, more = true; more && this.at < stop; ) {
      record += this.varint();
      more = take(record);
    }
    this.at = stop;
    this.limit = limit;
  }
}

/** The error of bytes that are no entries, although their checksum fits. */
export function unsound(): NthrecError {
  return new NthrecError("NTH_INDEX_INVALID", "its entries are not what this version writes");
}
