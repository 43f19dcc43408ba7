import { isNthrecError, NthrecError } from "@nthrec/core";
import { looksLikeNumpy, numpyValue } from "../numpy/numpy-maps.ts";
import { valueEnd } from "../wire/value-walk.ts";
import { decodeText } from "./decode-text.ts";
import { decodeExtension } from "./extensions.ts";
import { KeyCache, MAX_CACHED_BYTES } from "./key-cache.ts";
import { checkReadOptions, MAX_DEPTH, type ValueReadOptions } from "./value-options.ts";

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/**
 * Decodes one value at a time, keeping no view of its bytes.
 *
 * It takes the place of the decoder of @msgpack/msgpack, which has no binary keys and no nanoseconds, and is slower.
 */
export class ValueDecoder {
  readonly #options: ValueReadOptions;
  readonly #strict: boolean;
  readonly #maps: "auto" | "map" | "object";
  readonly #numpy: boolean;
  readonly #keys = new KeyCache();
  #bytes: Uint8Array = NOTHING;
  /** Over the whole buffer: core reads record after record into the same one. */
  #view: DataView = NO_VIEW;
  #base = 0;
  #at = 0;
  #depth = 0;

  constructor(options: ValueReadOptions) {
    checkReadOptions(options);
    this.#options = options;
    this.#strict = options.errors !== "replace";
    this.#maps = options.maps ?? "auto";
    this.#numpy = options.numpy !== false;
  }

  /**
   * Decodes bytes that are exactly one value.
   *
   * @throws {@link NthrecError} `NTH_CORRUPTION` when they are not; `NTH_DECODE_ERROR` for a value that cannot be had
   */
  decode(bytes: Uint8Array): unknown {
    this.#bytes = bytes;
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    this.#base = bytes.byteOffset;
    this.#at = 0;
    this.#depth = 0;
    let value: unknown;
    try {
      value = this.#value();
    } catch (error) {
      // Only of exactly one value can anything but the frame be wrong.
      if (valueEnd(bytes) !== bytes.length) throw notOne(error);
      throw isNthrecError(error) ? error : unreadable(error);
    }
    if (this.#at !== bytes.length) throw notOne();
    return value;
  }

  #value(): unknown {
    const first = this.#bytes[this.#at++] as number;
    if (first < 0x80) return first;
    if (first >= 0xe0) return first - 0x100;
    if (first >= 0xa0 && first < 0xc0) return this.#text(first & 31);
    if (first < 0x90) return this.#map(first & 15);
    if (first < 0xa0) return this.#array(first & 15);
    return this.#long(first);
  }

  #long(first: number): unknown {
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#view.getFloat32(this.#take(4));
      case 0xcb:
        return this.#view.getFloat64(this.#take(8));
      case 0xcc:
        return this.#view.getUint8(this.#take(1));
      case 0xcd:
        return this.#view.getUint16(this.#take(2));
      case 0xce:
        return this.#view.getUint32(this.#take(4));
      case 0xd0:
        return this.#view.getInt8(this.#take(1));
      case 0xd1:
        return this.#view.getInt16(this.#take(2));
      case 0xd2:
        return this.#view.getInt32(this.#take(4));
      case 0xcf:
      case 0xd3:
        return this.#integer64(first === 0xd3);
      default:
        return this.#sized(first);
    }
  }

  #sized(first: number): unknown {
    if (first >= 0xd4 && first <= 0xd8) return this.#extension(1 << (first - 0xd4));
    if (first >= 0xd9 && first <= 0xdb) return this.#text(this.#length(first - 0xd9));
    if (first >= 0xdc && first <= 0xdd) return this.#array(this.#length(first - 0xdb));
    if (first >= 0xde && first <= 0xdf) return this.#map(this.#length(first - 0xdd));
    if (first >= 0xc4 && first <= 0xc6) return this.#copy(this.#length(first - 0xc4));
    if (first >= 0xc7 && first <= 0xc9) return this.#extension(this.#length(first - 0xc7));
    throw notOne();
  }

  /** Position in the buffer of the next `size` bytes, which are passed. */
  #take(size: number): number {
    const at = this.#at;
    this.#at = at + size;
    if (this.#at > this.#bytes.length) throw notOne();
    return this.#base + at;
  }

  /** A length of 1, 2 or 4 bytes. */
  #length(power: number): number {
    if (power === 0) return this.#view.getUint8(this.#take(1));
    return power === 1 ? this.#view.getUint16(this.#take(2)) : this.#view.getUint32(this.#take(4));
  }

  #integer64(signed: boolean): unknown {
    const at = this.#take(8);
    const high = signed ? this.#view.getInt32(at) : this.#view.getUint32(at);
    const rounded = high * 4294967296 + this.#view.getUint32(at + 4);
    const { bigints = "number" } = this.#options;
    if (bigints === "number" || Number.isSafeInteger(rounded)) return rounded;
    const exact = signed ? this.#view.getBigInt64(at) : this.#view.getBigUint64(at);
    return bigints === "bigint" ? exact : String(exact);
  }

  #text(size: number): string {
    const at = this.#at;
    const end = at + size;
    if (end > this.#bytes.length) throw notOne();
    this.#at = end;
    return decodeText(this.#bytes, at, end, this.#strict);
  }

  #copy(size: number): Uint8Array<ArrayBuffer> {
    const at = this.#take(size);
    return new Uint8Array(this.#bytes.buffer as ArrayBuffer, at, size).slice();
  }

  #extension(size: number): unknown {
    const type = this.#view.getInt8(this.#take(1));
    return decodeExtension(type, this.#copy(size), this.#options);
  }

  /** Steps into a container of `values` values, each of which takes a byte at least. */
  #enter(values: number): void {
    if (values > this.#bytes.length - this.#at) throw notOne();
    if (++this.#depth <= MAX_DEPTH) return;
    throw new NthrecError(
      "NTH_DECODE_ERROR",
      `it nests deeper than ${MAX_DEPTH} levels; getBytes still gives its bytes`,
    );
  }

  #array(count: number): unknown[] {
    this.#enter(count);
    const list: unknown[] = [];
    for (let i = 0; i < count; i++) list.push(this.#value());
    this.#depth--;
    return list;
  }

  #map(count: number): unknown {
    if (this.#maps === "map") return this.#entries(new Map(), count);
    this.#enter(count * 2);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#key();
      if (key === undefined) {
        this.#depth--;
        const known = this.#maps === "auto" ? new Map(Object.entries(object)) : object;
        return this.#entries(known, count - i);
      }
      const value = this.#value();
      if (key === "__proto__") define(object, key, value);
      else object[key] = value;
    }
    this.#depth--;
    return object;
  }

  /** The next key if it is text, else `undefined`, and nothing is passed. */
  #key(): string | undefined {
    const first = this.#bytes[this.#at] as number;
    const short = first >= 0xa0 && first < 0xc0;
    if (!short && (first < 0xd9 || first > 0xdb)) return undefined;
    this.#at++;
    const size = short ? first & 31 : this.#length(first - 0xd9);
    const at = this.#at;
    if (size <= MAX_CACHED_BYTES && at + size <= this.#bytes.length) {
      const known = this.#keys.get(this.#bytes, at, size);
      if (known !== undefined) {
        this.#at = at + size;
        return known;
      }
    }
    return this.#text(size);
  }

  /** Reads the rest of a map, the keys of which may be anything. */
  #entries(known: Map<unknown, unknown> | Record<string, unknown>, count: number): unknown {
    this.#enter(count * 2);
    const map = known instanceof Map ? known : new Map<unknown, unknown>();
    for (let i = 0; i < count; i++) {
      const key = this.#value();
      map.set(key, this.#value());
    }
    this.#depth--;
    if (this.#numpy && looksLikeNumpy(map)) {
      const value = numpyValue(map);
      if (value !== undefined) return value;
    }
    if (known instanceof Map) return map;
    for (const [key, value] of map) define(known, textOfKey(key), value);
    return known;
  }
}

/** Sets a property without asking any prototype. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function textOfKey(key: unknown): string {
  if (key === null || typeof key !== "object") return String(key);
  throw new NthrecError(
    "NTH_DECODE_ERROR",
    'a map has a key that is no text, number, boolean or null (maps: "auto" reads it as a Map)',
  );
}

/** What the machine refused, such as more entries than a Map can have. */
function unreadable(cause: unknown): NthrecError {
  return new NthrecError("NTH_DECODE_ERROR", `it cannot be decoded: ${String(cause)}`, { cause });
}

function notOne(cause?: unknown): NthrecError {
  return new NthrecError("NTH_CORRUPTION", "its bytes are not exactly one MessagePack value", {
    cause: isNthrecError(cause) && cause.code === "NTH_CORRUPTION" ? undefined : cause,
  });
}
