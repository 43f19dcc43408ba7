import { NthrecError } from "@nthrec/core";

/** The element types that a blob can hold, by the names that PyTorch gives them. */
export type Dtype =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128"
  | "float8_e4m3fn"
  | "float8_e5m2";

/** The memory of a tensor: half-width floats as their bits, complex numbers as pairs, booleans as 0 and 1. */
export type TensorData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

interface DataClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
  new (length: number): TensorData;
}

/** What is known of an element type. */
export interface DtypeTraits {
  /** Bytes of one element. */
  readonly bytes: number;
  /** Words of the typed array for one element: 2 for complex numbers. */
  readonly words: 1 | 2;
  readonly Data: DataClass;
}

const traits: Readonly<Record<Dtype, DtypeTraits>> = {
  bool: { bytes: 1, words: 1, Data: Uint8Array },
  uint8: { bytes: 1, words: 1, Data: Uint8Array },
  int8: { bytes: 1, words: 1, Data: Int8Array },
  uint16: { bytes: 2, words: 1, Data: Uint16Array },
  int16: { bytes: 2, words: 1, Data: Int16Array },
  uint32: { bytes: 4, words: 1, Data: Uint32Array },
  int32: { bytes: 4, words: 1, Data: Int32Array },
  uint64: { bytes: 8, words: 1, Data: BigUint64Array },
  int64: { bytes: 8, words: 1, Data: BigInt64Array },
  float16: { bytes: 2, words: 1, Data: Uint16Array },
  bfloat16: { bytes: 2, words: 1, Data: Uint16Array },
  float32: { bytes: 4, words: 1, Data: Float32Array },
  float64: { bytes: 8, words: 1, Data: Float64Array },
  complex64: { bytes: 8, words: 2, Data: Float32Array },
  complex128: { bytes: 16, words: 2, Data: Float64Array },
  float8_e4m3fn: { bytes: 1, words: 1, Data: Uint8Array },
  float8_e5m2: { bytes: 1, words: 1, Data: Uint8Array },
};

/** Other names of the same types, which occur in files because the original stores a string as it was given. */
const aliases: ReadonlyMap<string, Dtype> = new Map([
  ["half", "float16"],
  ["float", "float32"],
  ["double", "float64"],
  ["long", "int64"],
  ["int", "int32"],
  ["short", "int16"],
  ["cfloat", "complex64"],
  ["cdouble", "complex128"],
]);

/** All element types. */
export const dtypes: readonly Dtype[] = Object.keys(traits) as Dtype[];

/** What is known of `dtype`. */
export function traitsOf(dtype: Dtype): DtypeTraits {
  return traits[dtype];
}

/**
 * The element type that a name stands for, aliases of PyTorch included.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for any other name
 */
export function dtypeOf(name: string, source?: string): Dtype {
  if (Object.hasOwn(traits, name)) return name as Dtype;
  const alias = aliases.get(name);
  if (alias !== undefined) return alias;
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${JSON.stringify(name)} is no element type of tensors: use one of ${dtypes.join(", ")}`,
    { source },
  );
}

/** A typed array over `bytes`; they are copied where their place in memory does not suit its elements. */
export function dataOver(dtype: Dtype, bytes: Uint8Array): TensorData {
  const { Data } = traits[dtype];
  const width = Data.BYTES_PER_ELEMENT;
  // A Buffer's own slice is no copy.
  const fit = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new Data(fit.buffer, fit.byteOffset, fit.byteLength / width);
}
