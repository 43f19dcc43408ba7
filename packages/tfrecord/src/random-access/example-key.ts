import { type Key, type KeySpan, type KeySpanFinder, keySpan } from "@nthrec/core/keys";
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
  const span: KeySpan = { start: 0, end: 0 };
  const find: KeySpanFinder = (bytes, start, end, place) =>
    walk.find(bytes, start, end, place) === "found";
  const key = (record: Uint8Array): Key | undefined => {
    const found = walk.find(record, 0, record.length, span);
    if (found === "unusual") return decodedKey(record, name);
    if (found === "none") return undefined;
    return new Uint8Array(record.buffer, record.byteOffset + span.start, span.end - span.start);
  };
  return Object.assign(key, { [keySpan]: find });
}

function decodedKey(record: Uint8Array, name: string): Key | undefined {
  const feature = decodeExample(record, { names: "any" }).feature(name);
  if (feature === undefined || feature.length === 0) return undefined;
  if (feature.kind === "bytes") return feature.bytes()[0];
  if (feature.kind === "int64") return feature.bigints()[0];
  return { float: feature.floats()[0] as number };
}

/** Whether a key was found, or there is none, or the record must be decoded to know. */
type Found = "found" | "none" | "unusual";

/** A walk over the entries of an Example that gives up where anything is unusual. */
class KeyWalk {
  readonly #name: Uint8Array;
  #at = 0;

  constructor(name: Uint8Array) {
    this.#name = name;
  }

  /** Finds the key of the record `bytes[start, limit)`, if it is of bytes. */
  find(bytes: Uint8Array, start: number, limit: number, span: KeySpan): Found {
    if (start === limit) return "none";
    if (bytes[start] !== FIRST) return "unusual";
    this.#at = start + 1;
    if (this.#enter(bytes, limit) !== limit) return "unusual";
    let found = -1;
    let end = 0;
    while (this.#at < limit) {
      if (bytes[this.#at++] !== FIRST) return "unusual";
      const stop = this.#enter(bytes, limit);
      if (stop < 0 || bytes[this.#at++] !== FIRST) return "unusual";
      const nameEnd = this.#enter(bytes, stop);
      if (nameEnd < 0) return "unusual";
      const matches = this.#isName(bytes, nameEnd);
      this.#at = nameEnd;
      if (bytes[this.#at++] !== SECOND || this.#enter(bytes, stop) !== stop) return "unusual";
      if (matches) {
        found = this.#at;
        end = stop;
      }
      this.#at = stop;
    }
    return found < 0 ? "none" : this.#bytes(bytes, found, end, span);
  }

  /** The place of a feature that is one value of bytes and nothing else. */
  #bytes(bytes: Uint8Array, start: number, end: number, span: KeySpan): Found {
    this.#at = start;
    for (let depth = 0; depth < 2; depth++) {
      const inside = this.#at < end && bytes[this.#at++] === FIRST;
      if (!inside || this.#enter(bytes, end) !== end) return "unusual";
    }
    span.start = this.#at;
    span.end = end;
    return "found";
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
