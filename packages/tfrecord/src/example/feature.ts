import { decodeUtf8, NthrecError } from "@nthrec/core";
import { countVarints, readVarints } from "./varints.ts";
import { malformed, type Ranges, WIRE, WireCursor } from "./wire-cursor.ts";

/** What a feature holds; `"none"` is a feature that says nothing, which many data sets have. */
export type FeatureKind = "bytes" | "float" | "int64" | "none";

/** By the number of its field in a Feature. */
const KINDS: readonly FeatureKind[] = ["none", "bytes", "float", "int64"];
/** Field 1 of a list, with bytes in it: one value of bytes, or packed numbers. */
const PACKED = 0x0a;
/** The same field with one number. */
const SINGLE = { bytes: -1, none: -1, float: 0x08 | WIRE.fixed32, int64: 0x08 | WIRE.varint };

/** One feature of an Example: a list of values of one kind, decoded when it is asked for. */
export class Feature {
  readonly kind: FeatureKind;
  readonly #bytes: Uint8Array;
  /** The list's values: each of bytes, or runs of numbers. */
  readonly #values: Ranges;

  /** Use `Example.feature`. */
  constructor(bytes: Uint8Array, ranges: Ranges) {
    this.#bytes = bytes;
    const { kind, lists } = listsOf(bytes, ranges);
    this.kind = kind;
    this.#values = valuesOf(bytes, lists, kind);
  }

  /** Values there are. */
  get length(): number {
    if (this.kind === "float") return this.#total() / 4;
    if (this.kind === "bytes") return this.#values.length / 2;
    return this.#sum((start, end) => countVarints(this.#bytes, start, end));
  }

  /**
   * The values of a feature of bytes, as views of the record. A feature without a kind has none.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR` for another kind
   */
  bytes(): Uint8Array[] {
    this.#demand("bytes");
    return this.#map((start, end) => this.#bytes.subarray(start, end));
  }

  /** {@link Feature.bytes}, as text; what is not UTF-8 becomes U+FFFD. */
  text(): string[] {
    this.#demand("bytes");
    return this.#map((start, end) => decodeUtf8(this.#bytes, start, end));
  }

  /**
   * The values of a feature of floats: a view of the record where they lie together and aligned, else a copy.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR` for another kind
   */
  floats(): Float32Array {
    this.#demand("float");
    const [start = 0, end = 0, ...more] = this.#values;
    const place = this.#bytes.byteOffset + start;
    if (more.length === 0 && place % 4 === 0) {
      return new Float32Array(this.#bytes.buffer, place, (end - start) / 4);
    }
    const copy = new Uint8Array(this.#total());
    let at = 0;
    for (const part of this.#map((from, to) => this.#bytes.subarray(from, to))) {
      copy.set(part, at);
      at += part.length;
    }
    return new Float32Array(copy.buffer);
  }

  /**
   * The values of a feature of integers, exact.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR` for another kind
   */
  bigints(): BigInt64Array {
    return new BigInt64Array(this.#words().buffer);
  }

  /**
   * The values of a feature of integers, as numbers.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR` for another kind, and for integers beyond ±(2^53 - 1)
   */
  integers(): number[] {
    const words = this.#words();
    const numbers = new Array<number>(words.length / 2);
    for (let i = 0; i < numbers.length; i++) {
      const number = (words[2 * i] as number) + ((words[2 * i + 1] as number) | 0) * 4294967296;
      if (!Number.isSafeInteger(number)) {
        const message = `value ${i} is beyond what a number holds exactly: read it with bigints()`;
        throw new NthrecError("NTH_DECODE_ERROR", message);
      }
      numbers[i] = number;
    }
    return numbers;
  }

  #words(): Uint32Array<ArrayBuffer> {
    this.#demand("int64");
    const words = new Uint32Array(2 * this.length);
    let index = 0;
    for (let i = 0; i < this.#values.length; i += 2) {
      const [start, end] = [this.#values[i] as number, this.#values[i + 1] as number];
      index = readVarints(this.#bytes, start, end, words, index);
    }
    return words;
  }

  #demand(kind: FeatureKind): void {
    if (this.kind === kind || this.kind === "none") return;
    throw new NthrecError("NTH_DECODE_ERROR", `the feature holds ${this.kind} values, not ${kind}`);
  }

  #total(): number {
    return this.#sum((start, end) => end - start);
  }

  #sum(of: (start: number, end: number) => number): number {
    return this.#map(of).reduce((sum, each) => sum + each, 0);
  }

  #map<T>(of: (start: number, end: number) => T): T[] {
    const list: T[] = [];
    for (let i = 0; i < this.#values.length; i += 2) {
      list.push(of(this.#values[i] as number, this.#values[i + 1] as number));
    }
    return list;
  }
}

/** Fails unless every byte of a feature is as protobuf wants it, lists that another one replaces included. */
export function checkFeature(bytes: Uint8Array, ranges: Ranges): void {
  for (let i = 0; i < ranges.length; i += 2) {
    const cursor = new WireCursor(bytes, ranges[i] as number, ranges[i + 1] as number);
    for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
      const begin = cursor.at;
      cursor.skip(tag);
      if ((tag & 7) !== WIRE.bytes || KINDS[tag >>> 3] === undefined) continue;
      const list = new WireCursor(bytes, begin, cursor.at);
      const end = list.enter();
      checkList(bytes, [list.at, end], KINDS[tag >>> 3] as FeatureKind);
    }
  }
}

function checkList(bytes: Uint8Array, list: Ranges, kind: FeatureKind): void {
  const values = valuesOf(bytes, list, kind);
  if (kind !== "int64") return;
  for (let i = 0; i < values.length; i += 2) {
    const numbers = new WireCursor(bytes, values[i] as number, values[i + 1] as number);
    while (numbers.at < numbers.end) numbers.varint();
  }
}

/** The last kind that a feature names, and its list: of one kind twice it is one list. */
function listsOf(bytes: Uint8Array, ranges: Ranges): { kind: FeatureKind; lists: Ranges } {
  let kind: FeatureKind = "none";
  let lists: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const cursor = new WireCursor(bytes, ranges[i] as number, ranges[i + 1] as number);
    for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
      const named = (tag & 7) === WIRE.bytes ? KINDS[tag >>> 3] : undefined;
      if (named === undefined) {
        cursor.skip(tag);
        continue;
      }
      if (named !== kind) lists = [];
      kind = named;
      const end = cursor.enter();
      lists.push(cursor.at, end);
      cursor.at = end;
    }
  }
  return { kind, lists };
}

/** The values in a list: numbers may be packed, single, or both. */
function valuesOf(bytes: Uint8Array, lists: Ranges, kind: FeatureKind): Ranges {
  const values: number[] = [];
  for (let i = 0; i < lists.length; i += 2) {
    const cursor = new WireCursor(bytes, lists[i] as number, lists[i + 1] as number);
    for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
      const end = tag === PACKED ? cursor.enter() : undefined;
      const start = cursor.at;
      if (end === undefined) cursor.skip(tag);
      else cursor.at = end;
      if (end === undefined && tag !== SINGLE[kind]) continue;
      if (kind === "float" && (cursor.at - start) % 4 !== 0) {
        throw malformed("packed floats are cut off", start);
      }
      values.push(start, cursor.at);
    }
  }
  return values;
}
