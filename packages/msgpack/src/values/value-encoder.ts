import { EXT_TIMESTAMP, ExtData, encodeTimeSpecToTimestamp } from "@msgpack/msgpack";
import { NthrecError } from "@nthrec/core";
import { Complex } from "../numpy/complex.ts";
import { elementBytes, typeString } from "../numpy/element-bytes.ts";
import { checkTensor, isTensor, type Tensor } from "../numpy/tensor.ts";
import { Output } from "./output.ts";
import { Timestamp } from "./timestamp.ts";
import { MAX_DEPTH, type ValueWriteOptions } from "./value-options.ts";

const LEAST_INT64 = -(2n ** 63n);
const MOST_UINT64 = 2n ** 64n - 1n;
/** The largest length that a head can say. */
const MOST_LENGTH = 0xffffffff;

/** Keys of msgpack-numpy's maps, as the bytes that they are. */
const keyBytes = (name: string): Uint8Array =>
  Uint8Array.from([0xc4, name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))]);
const KEYS = {
  nd: keyBytes("nd"),
  type: keyBytes("type"),
  kind: keyBytes("kind"),
  shape: keyBytes("shape"),
  data: keyBytes("data"),
  complex: keyBytes("complex"),
};

/** Encodes one value at a time as the original's packer does: each in its shortest form, floats in 64 bits. */
export class ValueEncoder {
  readonly #extensions: ValueWriteOptions["extensions"];
  readonly #out = new Output();
  #depth = 0;

  constructor({ extensions }: ValueWriteOptions) {
    this.#extensions = extensions;
  }

  /**
   * Encodes a value; the bytes are valid until the next call.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for what MessagePack has no form for
   */
  encode(value: unknown): Uint8Array {
    this.#out.reset();
    this.#depth = 0;
    if (value === undefined) throw unwritable("undefined is no value");
    this.#value(value);
    return this.#out.bytes.subarray(0, this.#out.length);
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#out.u8(value ? 0xc3 : 0xc2);
    else if (value === null || value === undefined) this.#out.u8(0xc0);
    else if (typeof value === "object") this.#object(value);
    else if (typeof value === "bigint") this.#bigint(value);
    else throw unwritable(`a ${typeof value} cannot be written`);
  }

  #text(text: string): void {
    // Python's decoder refuses what UTF-8 makes of half a character.
    if (!isWellFormed(text)) {
      throw unwritable("text with a lone surrogate has no form in UTF-8");
    }
    this.#out.text(text);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      const at = this.#out.reserve(9);
      this.#out.bytes[at] = 0xcb;
      this.#out.view.setFloat64(at + 1, value);
    } else if (value >= 0) this.#positive(value);
    else this.#negative(value);
  }

  #positive(value: number): void {
    const out = this.#out;
    if (value < 0x80) out.u8(value);
    else if (value < 0x100) out.head(0xcc, value, 1);
    else if (value < 0x10000) out.head(0xcd, value, 2);
    else if (value < 0x100000000) out.head(0xce, value, 4);
    else this.#wide(0xcf, BigInt(value));
  }

  #negative(value: number): void {
    const out = this.#out;
    if (value >= -0x20) out.u8(value + 0x100);
    else if (value >= -0x80) out.head(0xd0, value, 1);
    else if (value >= -0x8000) out.head(0xd1, value, 2);
    else if (value >= -0x80000000) out.head(0xd2, value, 4);
    else this.#wide(0xd3, BigInt(value));
  }

  #bigint(value: bigint): void {
    if (value < LEAST_INT64 || value > MOST_UINT64) {
      throw unwritable(`${value} has more than 64 bits`);
    }
    const number = Number(value);
    if (Number.isSafeInteger(number)) this.#number(number);
    else this.#wide(value > 0n ? 0xcf : 0xd3, value);
  }

  #wide(first: number, value: bigint): void {
    const at = this.#out.reserve(9);
    this.#out.bytes[at] = first;
    this.#out.view.setBigUint64(at + 1, BigInt.asUintN(64, value));
  }

  #object(value: object): void {
    if (this.#extensions !== undefined && this.#extended(value)) return;
    const out = this.#out;
    if (Array.isArray(value)) this.#array(value);
    else if (ArrayBuffer.isView(value) || isBuffer(value)) this.#bytes(value);
    else if (value instanceof Date) this.#date(value);
    else if (value instanceof Map) this.#map(value);
    else if (value instanceof ExtData) this.#extension(value);
    else if (value instanceof Timestamp) this.#timestamp(value);
    else if (value instanceof Complex) {
      out.u8(0x82);
      out.raw(KEYS.complex);
      out.u8(0xc3);
      out.raw(KEYS.data);
      out.text(String(value));
    } else if (isTensor(value)) this.#tensor(value);
    else this.#record(value);
  }

  #extended(value: object): boolean {
    let made: ExtData | null | undefined;
    try {
      made = this.#extensions?.tryToEncode(value, undefined);
    } catch (cause) {
      throw unwritable(`the extension codec failed: ${String(cause)}`, cause);
    }
    if (made === null || made === undefined) return false;
    this.#extension(made);
    return true;
  }

  #enter(): void {
    if (++this.#depth <= MAX_DEPTH) return;
    throw unwritable(
      `it nests deeper than ${MAX_DEPTH} levels, or contains itself: the original could not read it`,
    );
  }

  #array(values: readonly unknown[]): void {
    this.#enter();
    this.#count(values.length, 0x90, 0xdc);
    for (let i = 0; i < values.length; i++) this.#value(values[i]);
    this.#depth--;
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#enter();
    this.#count(map.size, 0x80, 0xde);
    for (const [key, value] of map) {
      this.#value(key);
      this.#value(value);
    }
    this.#depth--;
  }

  /** An object; properties that are `undefined` are left out. */
  #record(value: object): void {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (kind !== "Object") throw unwritable(`a ${kind} cannot be written`);
    this.#enter();
    const object = value as Record<string, unknown>;
    const keys = Object.keys(object);
    let count = keys.length;
    for (const key of keys) if (object[key] === undefined) count--;
    this.#count(count, 0x80, 0xde);
    for (const key of keys) {
      const each = object[key];
      if (each === undefined) continue;
      this.#text(key);
      this.#value(each);
    }
    this.#depth--;
  }

  /** The head of an array or map: short, or with a count of two or four bytes. */
  #count(count: number, short: number, long: number): void {
    if (count < 16) this.#out.u8(short | count);
    else if (count < 0x10000) this.#out.head(long, count, 2);
    else this.#out.head(long + 1, count, 4);
  }

  #bytes(value: ArrayBufferView | ArrayBuffer): void {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (kind === "Uint8Array") this.#binary(value as Uint8Array);
    else if (kind === "ArrayBuffer") this.#binary(new Uint8Array(value as ArrayBuffer));
    else {
      throw unwritable(
        `a ${kind} is no record: tensor(array, shape) makes one of it, a Uint8Array of its buffer is written as bytes`,
      );
    }
  }

  #binary(bytes: Uint8Array): void {
    this.#out.head(...sizeHead(bytes.length, 0xc4));
    this.#out.raw(bytes);
  }

  #extension({ type, data }: ExtData): void {
    const bytes = typeof data === "function" ? data(0) : data;
    const { length } = bytes;
    if (!Number.isInteger(type) || type < -128 || type > 127) {
      throw unwritable(`${type} is no type of an extension: they go from -128 to 127`);
    }
    const fixed = [1, 2, 4, 8, 16].indexOf(length);
    if (fixed >= 0) this.#out.u8(0xd4 + fixed);
    else this.#out.head(...sizeHead(length, 0xc7));
    this.#out.u8(type & 0xff);
    this.#out.raw(bytes);
  }

  #date(date: Date): void {
    if (Number.isNaN(date.getTime())) throw unwritable("an invalid Date is no time");
    this.#timestamp(Timestamp.fromDate(date));
  }

  #timestamp({ seconds, nanoseconds }: Timestamp): void {
    const data = encodeTimeSpecToTimestamp({ sec: seconds, nsec: nanoseconds });
    this.#extension(new ExtData(EXT_TIMESTAMP, data));
  }

  #tensor(value: Tensor): void {
    checkTensor(value);
    const { dtype, shape, data, descr, scalar } = value;
    const out = this.#out;
    const single = scalar === true && shape.length === 0;
    const type = dtype === "void" ? descr : typeString(dtype);
    if (typeof type !== "string" && !Array.isArray(type)) {
      throw unwritable('a tensor of dtype "void" needs the description of its elements (descr)');
    }
    out.u8(single ? 0x83 : 0x85);
    out.raw(KEYS.nd);
    out.u8(single ? 0xc2 : 0xc3);
    out.raw(KEYS.type);
    this.#value(type);
    if (!single) {
      out.raw(KEYS.kind);
      this.#binary(typeof type === "string" ? new Uint8Array(0) : Uint8Array.of(0x56)); // "V"
      out.raw(KEYS.shape);
      this.#array(shape);
    }
    out.raw(KEYS.data);
    this.#binary(elementBytes(data));
  }
}

/** First byte, length, and width of the head of bytes or an extension; the next first bytes are of wider heads. */
function sizeHead(size: number, first: number): [number, number, 1 | 2 | 4] {
  if (size < 0x100) return [first, size, 1];
  if (size < 0x10000) return [first + 1, size, 2];
  if (size <= MOST_LENGTH) return [first + 2, size, 4];
  throw unwritable(`${size} bytes are more than the ${MOST_LENGTH} of the largest length`);
}

function isBuffer(value: object): value is ArrayBuffer {
  return value instanceof ArrayBuffer;
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function unwritable(message: string, cause?: unknown): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", message, { cause });
}
