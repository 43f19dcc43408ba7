import { NthrecError } from "@nthrec/core";

/** Element types, as numpy and torch call them. `"void"` is any other type of numpy: raw bytes, and its description. */
export type Dtype =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128"
  | "void";

/** The memory of a tensor: `bool` and `void` are bytes, `float16` its bits, complex numbers pairs. */
export type TensorData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Numbers of one type in a grid, the last dimension running fastest. Any object of this shape is written as one. */
export interface Tensor {
  readonly dtype: Dtype;
  /** Lengths of the dimensions; none for a single element. */
  readonly shape: readonly number[];
  /** A view of the elements in this machine's byte order. */
  readonly data: TensorData;
  /** Set on numpy's scalars, which are not arrays without dimensions. */
  readonly scalar?: boolean | undefined;
  /** With dtype `"void"`: numpy's description of an element, a type string or a list of fields. */
  readonly descr?: unknown;
}

/** Makes a typed array over some memory. */
interface ViewClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TensorData;
}

/** An element type: numpy's letter and bytes, the view of it, and how many elements of the view make one. */
export interface ElementType {
  readonly letter: string;
  readonly bytes: number;
  readonly View: ViewClass;
  readonly parts: 1 | 2;
}

const type = (letter: string, bytes: number, View: ViewClass, parts: 1 | 2 = 1): ElementType => ({
  letter,
  bytes,
  View,
  parts,
});

/** Every element type but `"void"`. */
export const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map([
  ["bool", type("b", 1, Uint8Array)],
  ["int8", type("i", 1, Int8Array)],
  ["int16", type("i", 2, Int16Array)],
  ["int32", type("i", 4, Int32Array)],
  ["int64", type("i", 8, BigInt64Array)],
  ["uint8", type("u", 1, Uint8Array)],
  ["uint16", type("u", 2, Uint16Array)],
  ["uint32", type("u", 4, Uint32Array)],
  ["uint64", type("u", 8, BigUint64Array)],
  ["float16", type("f", 2, Uint16Array)],
  ["float32", type("f", 4, Float32Array)],
  ["float64", type("f", 8, Float64Array)],
  ["complex64", type("c", 8, Float32Array, 2)],
  ["complex128", type("c", 16, Float64Array, 2)],
]);

const OF_VIEW: ReadonlyMap<string, Dtype> = new Map([
  ["Int8Array", "int8"],
  ["Int16Array", "int16"],
  ["Int32Array", "int32"],
  ["BigInt64Array", "int64"],
  ["Uint8Array", "uint8"],
  ["Uint16Array", "uint16"],
  ["Uint32Array", "uint32"],
  ["BigUint64Array", "uint64"],
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
]);

/**
 * Makes a tensor of a typed array; nothing is copied.
 *
 * @param shape Lengths of the dimensions. Default: one dimension, of the array's length.
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the shape has another number of elements, or the array is none
 */
export function tensor(data: TensorData, shape: readonly number[] = [data.length]): Tensor {
  const dtype = OF_VIEW.get(nameOf(data));
  if (dtype === undefined) throw unfit(`${nameOf(data)} has no element type`);
  const made: Tensor = { dtype, shape, data };
  checkTensor(made);
  return made;
}

/** Whether a value claims to be a tensor: it has an element type, a shape and a typed array. */
export function isTensor(value: object): value is Tensor {
  const { dtype, shape, data } = value as Partial<Tensor>;
  return (
    typeof dtype === "string" &&
    (dtype === "void" || ELEMENT_TYPES.has(dtype)) &&
    Array.isArray(shape) &&
    ArrayBuffer.isView(data)
  );
}

/** @throws {@link NthrecError} `NTH_INVALID_VALUE` when shape, element type and memory do not fit each other */
export function checkTensor({ dtype, shape, data }: Tensor): void {
  const count = shape.reduce((product, length) => product * length, 1);
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw unfit(`the shape [${shape}] is none`);
  }
  const element = ELEMENT_TYPES.get(dtype);
  if (element === undefined) {
    const size = count === 0 ? data.length : data.length / count;
    if (nameOf(data) !== "Uint8Array" || !Number.isInteger(size))
      throw unfit(`void elements of shape [${shape}] do not fit ${data.length} bytes`);
    return;
  }
  const { View, parts } = element;
  if (nameOf(data) !== (View as unknown as { name: string }).name) {
    throw unfit(`elements of type ${dtype} lie in no ${nameOf(data)}`);
  }
  if (data.length !== count * parts) {
    throw unfit(`${data.length / parts} elements of type ${dtype} have no shape [${shape}]`);
  }
}

/** The class of a typed array; a Buffer is the Uint8Array that it is. */
function nameOf(data: unknown): string {
  return Object.prototype.toString.call(data).slice(8, -1);
}

function unfit(message: string): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", `no tensor: ${message}`);
}
