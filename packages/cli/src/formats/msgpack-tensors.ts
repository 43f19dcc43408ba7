import { NthrecError } from "@nthrec/core";
import { type Dtype, float16Values, type Tensor, type TensorData } from "@nthrec/msgpack";
import { fromJson, toJson } from "../output/json.ts";
import { flat, nested } from "../output/nested.ts";
import type { TensorValue } from "./cli-format.ts";

type NumberClass = { readonly BYTES_PER_ELEMENT: number } & (new (
  values: number[] & bigint[],
) => TensorData);

/** The memory of NumPy's element types. */
const classes: Readonly<Record<Exclude<Dtype, "void">, unknown>> = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** Whether a value is what @nthrec/msgpack makes of an array of NumPy. */
export function isTensor(value: unknown): value is Tensor {
  const { dtype, shape, data } = Object(value) as Partial<Tensor>;
  return typeof dtype === "string" && Array.isArray(shape) && ArrayBuffer.isView(data);
}

/** The array of NumPy at a path in a record; types that are no numbers are none. */
export function tensorAt(record: unknown, path: readonly string[]): TensorValue | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return isTensor(record) && record.dtype !== "void" ? record : undefined;
  if (record instanceof Map) return tensorAt(record.get(name), rest);
  const fields = Object(record) as Record<string, unknown>;
  return Object.hasOwn(fields, name) ? tensorAt(fields[name], rest) : undefined;
}

/** The tensor as one that NumPy has. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function tensorForMsgpack({ dtype, shape, data }: TensorValue): Tensor {
  if (Object.hasOwn(classes, dtype)) {
    return { dtype: dtype as Dtype, shape, data: data as TensorData };
  }
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `NumPy, and so MessagePack, has no ${dtype}: convert to safetensors with --dtype float32 first`,
  );
}

/**
 * A tensor's element type, shape and numbers, which are in arrays as deep as it has dimensions. Bytes stand for the numbers
 * where these would not give the same bits back, and for elements that are none.
 */
export function tensorToJson(tensor: Tensor): Readonly<Record<string, unknown>> {
  const { dtype, shape, data, scalar, descr } = tensor;
  return {
    dtype,
    shape: [...shape],
    ...(scalar === true ? { scalar } : {}),
    ...(descr === undefined ? {} : { descr: toJson(descr) }),
    data: numbersOf(tensor) ?? toJson(bytesOf(data)),
  };
}

/** What {@link tensorToJson} stood for. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function tensorFromJson(content: unknown): Tensor {
  const fields = Object(content) as Record<string, unknown>;
  const { dtype, shape, scalar, descr, data } = fields;
  if (typeof dtype !== "string" || !Array.isArray(shape)) {
    throw unfit("a $tensor names its dtype and shape");
  }
  const plain = fromJson(data);
  const memory =
    plain instanceof Uint8Array
      ? overBytes(dtype, plain)
      : memoryOf(dtype, flat(plain) as (number | bigint | boolean)[]);
  return {
    dtype: dtype as Dtype,
    shape: shape as number[],
    data: memory,
    ...(scalar === true ? { scalar } : {}),
    ...(descr === undefined ? {} : { descr: fromJson(descr) }),
  };
}

/** The numbers as JSON has them; `undefined` where bytes must stand for them. */
function numbersOf(tensor: Tensor): unknown {
  const { dtype, shape, data } = tensor;
  if (dtype === "void") return undefined;
  const values = valuesOf(tensor);
  if (values.some(Number.isNaN)) {
    const again = bytesOf(memoryOf(dtype, values));
    if (Buffer.compare(again, bytesOf(data)) !== 0) return undefined;
  }
  const plain = values.map((value) => toJson(value));
  return nested(plain, dtype.startsWith("complex") ? [...shape, 2] : shape);
}

function valuesOf(tensor: Tensor): (number | bigint | boolean)[] {
  const { dtype, data } = tensor;
  if (dtype === "float16") return Array.from(float16Values(tensor));
  if (dtype === "bool") return Array.from(data as Uint8Array, (value) => value !== 0);
  return Array.from(data as ArrayLike<number | bigint>);
}

/** The memory of plain numbers. @throws {@link NthrecError} `NTH_INVALID_VALUE` for a number that the type lacks */
function memoryOf(dtype: string, values: readonly (number | bigint | boolean)[]): TensorData {
  const Class = classOf(dtype);
  const wide = dtype === "int64" || dtype === "uint64";
  const words = values.map((value) => {
    if (!["number", "bigint", "boolean"].includes(typeof value)) throw unfit("it holds no numbers");
    if (dtype === "float16") return float16Bits(Number(value));
    if (wide) return BigInt(value);
    return Number(value);
  });
  const memory = new Class(words as number[] & bigint[]);
  const whole = /^(?:u?int|bool)/.test(dtype);
  const lost = whole ? words.findIndex((word, i) => memory[i] !== word) : -1;
  if (lost !== -1) throw unfit(`${values[lost]} is no ${dtype}`);
  return memory;
}

function overBytes(dtype: string, bytes: Uint8Array): TensorData {
  if (dtype === "void") return bytes;
  const Class = classOf(dtype) as unknown as { BYTES_PER_ELEMENT: number } & (new (
    buffer: ArrayBufferLike,
  ) => TensorData);
  if (bytes.length % Class.BYTES_PER_ELEMENT !== 0) {
    throw unfit(`${bytes.length} bytes are no elements of ${dtype}`);
  }
  return new Class(bytes.slice().buffer);
}

function classOf(dtype: string): NumberClass {
  if (Object.hasOwn(classes, dtype)) return classes[dtype as keyof typeof classes] as NumberClass;
  throw unfit(`NumPy has no ${dtype}`);
}

let bitsOf: Map<number, number> | undefined;

/** The bits of a number that float16 holds exactly, as all do that came from there. */
function float16Bits(value: number): number {
  if (Object.is(value, -0)) return 0x8000;
  if (Number.isNaN(value)) return 0x7e00;
  bitsOf ??= new Map(
    Array.from(
      float16Values({
        dtype: "float16",
        shape: [65_536],
        data: Uint16Array.from({ length: 65_536 }, (_, bits) => bits),
      }),
      (number, bits) => [number, bits] as const,
    ).reverse(),
  );
  const bits = bitsOf.get(value);
  if (bits === undefined) throw unfit(`${value} is no float16`);
  return bits;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function unfit(message: string): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", message);
}
