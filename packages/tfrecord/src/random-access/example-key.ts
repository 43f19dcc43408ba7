import type { Key } from "@nthrec/core/keys";
import { decodeExample } from "../example/example.ts";

/** Tags of what an Example is made of where nothing unusual is in it. */
const FIRST = 0x0a;
const SECOND = 0x12;

/**
 * Makes the function that gives the key of a record: the first value of its feature `name`, `undefined` where the
 * feature is missing, empty or of no kind.
 *
 * Records as TensorFlow and most others write them are walked in place; all others are decoded.
 *
 * @throws {@link NthrecError} `NTH_DECODE_ERROR` from the function, for records that are no Example
 */
export function exampleKey(name: string): (record: Uint8Array) => Key | undefined {
  const wanted = new TextEncoder().encode(name);
  const walk = new KeyWalk(wanted);
  return (record) => {
    const key = walk.find(record);
    return key === null ? decodedKey(record, name) : key;
  };
}

function decodedKey(record: Uint8Array, name: string): Key | undefined {
  const feature = decodeExample(record, { names: "any" }).feature(name);
  if (feature === undefined || feature.length === 0) return undefined;
  if (feature.kind === "bytes") return feature.bytes()[0];
  if (feature.kind === "int64") return feature.bigints()[0];
  return { float: feature.floats()[0] as number };
}

/** A walk over the entries of an Example that gives up where anything is unusual. */
class KeyWalk {
  readonly #name: Uint8Array;
  #at = 0;

  constructor(name: Uint8Array) {
    this.#name = name;
  }

  /** The key of a record whose key is bytes; `undefined` if it has none, `null` where the record must be decoded. */
  find(record: Uint8Array): Uint8Array | undefined | null {
    if (record[0] !== FIRST) return record.length === 0 ? undefined : null;
    this.#at = 1;
    if (this.#enter(record, record.length) !== record.length) return null;
    let found = -1;
    let end = 0;
    while (this.#at < record.length) {
      if (record[this.#at++] !== FIRST) return null;
      const stop = this.#enter(record, record.length);
      if (stop < 0 || record[this.#at++] !== FIRST) return null;
      const nameEnd = this.#enter(record, stop);
      if (nameEnd < 0) return null;
      const matches = this.#isName(record, nameEnd);
      this.#at = nameEnd;
      if (record[this.#at++] !== SECOND || this.#enter(record, stop) !== stop) return null;
      if (matches) {
        found = this.#at;
        end = stop;
      }
      this.#at = stop;
    }
    return found < 0 ? undefined : this.#bytes(record, found, end);
  }

  /** The bytes of a feature that is one value of bytes and nothing else. */
  #bytes(record: Uint8Array, start: number, end: number): Uint8Array | null {
    this.#at = start;
    if (start >= end || record[this.#at++] !== FIRST || this.#enter(record, end) !== end)
      return null;
    if (this.#at >= end || record[this.#at++] !== FIRST || this.#enter(record, end) !== end) {
      return null;
    }
    const at = record.byteOffset + this.#at;
    return new Uint8Array(record.buffer, at, end - this.#at);
  }

  /** Reads a length; answers where what it measures ends, -1 if that is not before `limit`. */
  #enter(record: Uint8Array, limit: number): number {
    let length = 0;
    let shift = 0;
    for (;;) {
      if (this.#at >= limit || shift > 21) return -1;
      const byte = record[this.#at++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
    }
    const end = this.#at + length;
    return end <= limit ? end : -1;
  }

  #isName(record: Uint8Array, end: number): boolean {
    const name = this.#name;
    if (end - this.#at !== name.length) return false;
    for (let i = 0, at = this.#at; i < name.length; ) if (record[at++] !== name[i++]) return false;
    return true;
  }
}
