import { NthrecError } from "@nthrec/core";
import {
  type FeatureInput,
  type FeatureInputs,
  type FeatureListInputs,
  type FeatureValue,
  spelledOut,
} from "./feature-value.ts";
import { WireWriter } from "./wire-writer.ts";

const FIRST = 0x0a;
const SECOND = 0x12;
/** Tags of a feature's lists. */
const LISTS = { bytes: 0x0a, floats: 0x12, int64s: 0x1a };

const encoder = new TextEncoder();

/**
 * Writes a tf.train.Example. The same features give the same bytes, in whatever order they come: those of
 * TensorFlow's `SerializeToString(deterministic=True)`.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for values that cannot be written, naming the feature
 */
export function encodeExample(features: FeatureInputs): Uint8Array {
  const out = new WireWriter();
  writeMap(out, features, FIRST, writeFeature);
  return out.finish();
}

/**
 * Writes a tf.train.SequenceExample; {@link encodeExample} tells more.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for values that cannot be written, naming the feature
 */
export function encodeSequenceExample(sequence: {
  readonly context?: FeatureInputs | undefined;
  readonly lists?: FeatureListInputs | undefined;
}): Uint8Array {
  const out = new WireWriter();
  if (sequence.lists !== undefined) writeMap(out, sequence.lists, SECOND, writeList);
  if (sequence.context !== undefined) writeMap(out, sequence.context, FIRST, writeFeature);
  return out.finish();
}

function writeMap<V>(
  out: WireWriter,
  map: Readonly<Record<string, V>> | ReadonlyMap<string, V>,
  tag: number,
  writeValue: (out: WireWriter, value: V) => void,
): void {
  const end = out.length;
  for (const [name, text, value] of sorted(map).reverse()) {
    const since = out.length;
    try {
      writeValue(out, value);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw invalid(`feature ${JSON.stringify(text)}: ${error.message}`);
    }
    out.wrap(SECOND, since);
    const named = out.length;
    out.bytes(name);
    out.wrap(FIRST, named);
    out.wrap(FIRST, since);
  }
  out.wrap(tag, end);
}

/** Names as UTF-8 with their values, in TensorFlow's order. */
function sorted<V>(
  map: Readonly<Record<string, V>> | ReadonlyMap<string, V>,
): (readonly [Uint8Array, string, V])[] {
  const entries: Iterable<readonly [string, V]> =
    map instanceof Map
      ? (map as ReadonlyMap<string, V>)
      : Object.entries(map as Readonly<Record<string, V>>);
  const list = Array.from(entries, ([text, value]) => {
    if (typeof text !== "string" || !isWellFormed(text)) {
      throw invalid(`a feature's name is text without lone surrogates, not ${String(text)}`);
    }
    return [encoder.encode(text), text, value] as const;
  });
  return list.sort(([a], [b]) => compare(a, b));
}

/** Byte by byte, which is not the order of JavaScript's strings; a name that begins another one comes behind it. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const both = Math.min(a.length, b.length);
  for (let i = 0; i < both; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return b.length - a.length;
}

function writeList(out: WireWriter, features: readonly FeatureInput[]): void {
  for (let i = features.length - 1; i >= 0; i--) {
    const since = out.length;
    writeFeature(out, features[i] as FeatureInput);
    out.wrap(FIRST, since);
  }
}

function writeFeature(out: WireWriter, input: FeatureInput): void {
  const value = spelledOut(input);
  if (value === undefined) {
    throw new TypeError(
      "a feature is bytes, text, a Float32Array, bigints, { floats }, { int64s }, { bytes } or { none: true }",
    );
  }
  if ("none" in value) return;
  const since = out.length;
  const kind = "bytes" in value ? "bytes" : "floats" in value ? "floats" : "int64s";
  writeValues(out, value);
  out.wrap(LISTS[kind], since);
}

function writeValues(out: WireWriter, value: Exclude<FeatureValue, { none: true }>): void {
  // Text is iterable, too, character by character, which is not what is meant.
  if ("bytes" in value) writeBytes(out, Array.from(demandList(value.bytes)));
  else if ("floats" in value) writeFloats(out, value.floats);
  else writeInt64s(out, Array.from(value.int64s));
}

function demandList<V>(values: Iterable<V>): Iterable<V> {
  if (typeof values === "string") throw new TypeError("{ bytes } takes a list, not text");
  return values;
}

function writeBytes(out: WireWriter, values: readonly (Uint8Array | string)[]): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i];
    const since = out.length;
    if (typeof value === "string" && isWellFormed(value)) out.bytes(encoder.encode(value));
    else if (value instanceof Uint8Array) out.bytes(value);
    else throw new TypeError(`value ${i} is neither a Uint8Array nor text without lone surrogates`);
    out.wrap(FIRST, since);
  }
}

function writeFloats(out: WireWriter, values: Iterable<number>): void {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values, checkedFloat);
  // Packed numbers, which have no field at all where there are none.
  if (floats.length === 0) return;
  const since = out.length;
  out.bytes(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
  out.wrap(FIRST, since);
}

function checkedFloat(value: number, i: number): number {
  if (typeof value === "number") return value;
  throw new TypeError(`value ${i} is no number`);
}

function writeInt64s(out: WireWriter, values: readonly (number | bigint)[]): void {
  if (values.length === 0) return;
  const since = out.length;
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i] as number | bigint;
    if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) {
      out.varint(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
    } else if (Number.isSafeInteger(value)) {
      out.varint((value as number) | 0, Math.floor((value as number) / 4294967296));
    } else {
      throw new TypeError(
        `value ${i}, ${String(value)}, is no integer of 64 bits (or, as a number, within ±2^53)`,
      );
    }
  }
  out.wrap(FIRST, since);
}

function invalid(message: string): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", message);
}

/** Whether no surrogate is alone. The method is newer than the library that this code is checked against. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
