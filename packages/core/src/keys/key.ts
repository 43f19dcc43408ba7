import { NthrecError } from "../errors.ts";

/** A float that could be taken for an integer: 5.0 is another key than 5. */
export interface FloatKey {
  readonly float: number;
}

/**
 * A key: text, bytes (text is its UTF-8), an integer of 64 bits (a bigint, or a number that holds it exactly), or a
 * float (a number with a fraction, NaN, an infinity, or `{ float }`).
 */
export type Key = string | Uint8Array | number | bigint | FloatKey;

/** What a key is, as an index keeps it. Bytes and text with the same bytes are one key. */
export const KeyKind = { bytes: 0, text: 1, int64: 2, float: 3 } as const;

/** Longest key, bytes. */
export const MAX_KEY_BYTES = 65_535;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const INT64 = 2n ** 63n;

/** Where a key lies. */
export interface KeyPlace {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A key with its hash. */
export interface HashedKey extends KeyPlace {
  readonly hash: number;
}

/** A key on its way: what kind it is, and where its bytes lie. One object serves many keys, one after another. */
export class EncodedKey implements HashedKey {
  kind: number = KeyKind.bytes;
  bytes: Uint8Array;
  start = 0;
  end = 0;
  hash = 0;
  readonly #own: Uint8Array;
  readonly #view: DataView;

  constructor() {
    this.#own = new Uint8Array(MAX_KEY_BYTES);
    this.#view = new DataView(this.#own.buffer);
    this.bytes = this.#own;
  }

  /** Takes a key over. The bytes of a key of bytes are not copied. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
  encode(key: Key): this {
    this.place(key);
    this.hash = hashKey(this.kind, this.bytes, this.start, this.end);
    return this;
  }

  /** {@link EncodedKey.encode} without the hash, for keys that are only compared. */
  place(key: Key): this {
    if (typeof key === "string") this.#text(key);
    else if (key instanceof Uint8Array) this.#bytes(key);
    else if (typeof key === "number") this.#number(key);
    else if (typeof key === "bigint") this.#int64(key);
    else if (typeof key === "object" && key !== null && typeof key.float === "number") {
      this.#float(key.float);
    } else {
      throw new NthrecError("NTH_INVALID_VALUE", `a key is text, bytes or a number, not ${key}`);
    }
    return this;
  }

  /** Takes a key of bytes over that lies in others. They are not copied. */
  over(bytes: Uint8Array, start: number, end: number): this {
    this.kind = KeyKind.bytes;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.hash = hashKey(KeyKind.bytes, bytes, start, end);
    return this;
  }

  /** The key with bytes of its own, which no later key changes. */
  copy(): HashedKey {
    const bytes = this.bytes.slice(this.start, this.end);
    return { kind: this.kind, bytes, start: 0, end: bytes.length, hash: this.hash };
  }

  #text(text: string): void {
    if (text.length > MAX_KEY_BYTES) throw tooLong(text.length);
    const own = this.#own;
    let at = 0;
    while (at < text.length) {
      const unit = text.charCodeAt(at);
      if (unit > 0x7f) break;
      own[at++] = unit;
    }
    if (at < text.length) {
      if (/\p{Surrogate}/u.test(text)) {
        throw new NthrecError("NTH_INVALID_VALUE", "a key with half a surrogate pair is no text");
      }
      const { read, written } = encoder.encodeInto(text, own);
      if (read < text.length) throw tooLong(text.length);
      at = written;
    }
    this.#set(KeyKind.text, own, at);
  }

  #bytes(bytes: Uint8Array): void {
    if (bytes.length > MAX_KEY_BYTES) throw tooLong(bytes.length);
    this.#set(KeyKind.bytes, bytes, bytes.length);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) {
      this.#view.setUint32(0, value >>> 0, true);
      this.#view.setInt32(4, Math.floor(value / 4294967296), true);
      this.#set(KeyKind.int64, this.#own, 8);
    } else if (Number.isInteger(value)) {
      const message = `${value} is no exact integer: pass a bigint, or { float: ${value} }`;
      throw new NthrecError("NTH_INVALID_VALUE", message);
    } else {
      this.#float(value);
    }
  }

  #int64(value: bigint): void {
    if (value >= INT64 || value < -INT64) {
      throw new NthrecError("NTH_INVALID_VALUE", `${value} does not fit into 64 bits`);
    }
    this.#view.setBigInt64(0, value, true);
    this.#set(KeyKind.int64, this.#own, 8);
  }

  #float(value: number): void {
    // One NaN, whatever its bits were.
    this.#view.setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true);
    this.#set(KeyKind.float, this.#own, 8);
  }

  #set(kind: number, bytes: Uint8Array, length: number): void {
    this.kind = kind;
    this.bytes = bytes;
    this.start = 0;
    this.end = length;
  }
}

/** The key that `bytes[start, end)` stand for; it finds the same entry again. */
export function decodeKey(kind: number, bytes: Uint8Array, start: number, end: number): Key {
  const part = bytes.subarray(start, end);
  if (kind === KeyKind.bytes) return new Uint8Array(part);
  if (kind === KeyKind.text) return decoder.decode(part);
  const view = new DataView(part.buffer, part.byteOffset, 8);
  if (kind === KeyKind.int64) {
    const value = view.getBigInt64(0, true);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  const float = view.getFloat64(0, true);
  return Number.isInteger(float) ? { float } : float;
}

/** What tells keys of different kinds apart: bytes and text do not differ. */
export function classOf(kind: number): number {
  return kind === KeyKind.text ? KeyKind.bytes : kind;
}

/**
 * The 32-bit hash that places a key: FNV-1a over its class and its bytes, then the last steps of MurmurHash3, which
 * spread it over all bits.
 */
export function hashKey(kind: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = Math.imul(0x811c9dc5 ^ classOf(kind), 0x01000193);
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether two keys are one. */
export function isSameKey(a: KeyPlace, b: KeyPlace): boolean {
  const length = a.end - a.start;
  if (length !== b.end - b.start || classOf(a.kind) !== classOf(b.kind)) return false;
  for (let i = 0; i < length; i++) {
    if (a.bytes[a.start + i] !== b.bytes[b.start + i]) return false;
  }
  return true;
}

/** The order of keys with the same hash: by class, then by their bytes. */
export function compareKeys(a: KeyPlace, b: KeyPlace): number {
  const classes = classOf(a.kind) - classOf(b.kind);
  if (classes !== 0) return classes;
  const [left, right] = [a.end - a.start, b.end - b.start];
  const shared = Math.min(left, right);
  for (let i = 0; i < shared; i++) {
    const difference = (a.bytes[a.start + i] as number) - (b.bytes[b.start + i] as number);
    if (difference !== 0) return difference;
  }
  return left - right;
}

/** A key as an error message shows it. */
export function showKey(key: Key): string {
  if (typeof key === "string")
    return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
  if (typeof key === "object" && "float" in key) return `{ float: ${key.float} }`;
  if (key instanceof Uint8Array) {
    const hex = Array.from(key.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0"));
    return `0x${hex.join("")}${key.length > 32 ? "…" : ""}`;
  }
  return String(key);
}

function tooLong(length: number): NthrecError {
  return new NthrecError(
    "NTH_INVALID_VALUE",
    `a key of ${length} bytes is longer than ${MAX_KEY_BYTES}: hash it, and use the hash as key`,
  );
}
