import { type Dtype, ELEMENT_TYPES, type TensorData } from "./tensor.ts";

/** Whether this machine puts the low byte first, as nearly all do. */
const LITTLE: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const NATIVE = LITTLE ? "<" : ">";

const BY_LETTER: ReadonlyMap<string, Dtype> = new Map(
  Array.from(ELEMENT_TYPES, ([name, { letter, bytes }]) => [letter + bytes, name as Dtype]),
);

/** What a type string of numpy, such as `<f4`, means here; other types are `"void"`. */
export interface TypeString {
  readonly dtype: Dtype;
  /** Whether the bytes of its elements lie the other way round. */
  readonly swapped: boolean;
  /** Bytes of an element, when they are known. */
  readonly bytes: number | undefined;
}

/** Reads a type string. */
export function parseTypeString(text: string): TypeString {
  const [, order = "|", rest = "", letter = "", digits = ""] =
    /^([<>|=]?)((\w)(\d*))/.exec(text) ?? [];
  const dtype = BY_LETTER.get(rest);
  const known = dtype !== undefined && text.length === order.length + rest.length;
  const swapped = order !== NATIVE && (order === "<" || order === ">");
  if (known) return { dtype, swapped, bytes: Number(digits) };
  const bytes = digits === "" ? undefined : Number(digits) * (letter === "U" ? 4 : 1);
  return { dtype: "void", swapped: false, bytes };
}

/** The type string of elements that are written here. */
export function typeString(dtype: Dtype): string {
  const { letter, bytes } = ELEMENT_TYPES.get(dtype) as { letter: string; bytes: number };
  return `${bytes === 1 ? "|" : "<"}${letter}${bytes}`;
}

/** A view of `bytes`, which must be the caller's own and begin its buffer. */
export function viewElements(
  bytes: Uint8Array<ArrayBuffer>,
  { dtype, swapped }: TypeString,
): TensorData {
  const element = ELEMENT_TYPES.get(dtype);
  if (element === undefined) return bytes;
  const { View } = element;
  if (swapped) swap(bytes, View.BYTES_PER_ELEMENT);
  return new View(bytes.buffer);
}

/** The bytes of elements as files have them: the low byte first. */
export function elementBytes(data: TensorData): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (LITTLE) return bytes;
  const swapped = bytes.slice();
  swap(swapped, data.BYTES_PER_ELEMENT);
  return swapped;
}

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) {
    bytes.subarray(at, at + width).reverse();
  }
}
