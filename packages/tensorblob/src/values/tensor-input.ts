import { NthrecError } from "@nthrec/core";
import { type Dtype, dtypeOf, type TensorData, traitsOf } from "./dtype.ts";
import { isSmallFloat, smallFloatBits } from "./small-floats.ts";
import { Tensor } from "./tensor.ts";

/** Numbers in any depth of arrays. */
export type NestedValues = readonly (number | bigint | boolean | NestedValues)[];

/**
 * What can be written: a tensor of the blob's type; a typed array whose words are the type's memory; or plain
 * numbers, bigints and booleans in arrays, which are checked and rounded as the type demands.
 */
export type TensorInput = Tensor | TensorData | NestedValues | number | bigint | boolean;

/**
 * The memory of what is to be written, as the type has it.
 *
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for another type, or a number that the type cannot hold
 */
export function dataOf(value: TensorInput, dtype: Dtype): TensorData {
  if (value instanceof Tensor) {
    if (value.dtype === dtype) return value.data;
    throw refused(`a tensor of ${value.dtype} cannot be written as ${dtype}: convert it first`);
  }
  if (ArrayBuffer.isView(value)) return viewed(value as TensorData, dtype);
  const numbers: (number | bigint | boolean)[] = [];
  flatten(value, numbers);
  const { Data, words } = traitsOf(dtype);
  if (numbers.length % words !== 0) throw refused("complex numbers are written as pairs");
  const data = new Data(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    data[i] = wordOf(numbers[i] as number | bigint | boolean, dtype) as never;
  }
  return data;
}

/**
 * Makes a tensor of plain numbers, checked and rounded as the type demands, or of a typed array that is its memory.
 *
 * @param dtype A name of PyTorch.
 * @param shape Sizes of the dimensions; none for a single number.
 * @throws {@link NthrecError} `NTH_INVALID_VALUE` for another number of values, or one that the type cannot hold;
 * `NTH_NOT_SUPPORTED` for an unknown type
 */
export function tensorOf(value: TensorInput, dtype: string, shape: readonly number[]): Tensor {
  const known = dtypeOf(dtype);
  return new Tensor(known, shape, dataOf(value, known));
}

function viewed(data: TensorData, dtype: Dtype): TensorData {
  const { Data } = traitsOf(dtype);
  if (
    data instanceof Data &&
    (dtype !== "bool" || data.every((word: number | bigint) => word <= 1))
  )
    return data;
  // A float16 array of newer platforms, and Float32Array for the types that it can be rounded to.
  if (isSmallFloat(dtype) && (data instanceof Float32Array || data instanceof Float64Array)) {
    const bits = new Data(data.length);
    for (let i = 0; i < data.length; i++)
      bits[i] = smallFloatBits(dtype, data[i] as number) as never;
    return bits;
  }
  throw refused(`a ${data.constructor.name} is not the memory of a tensor of ${dtype}`);
}

function flatten(value: unknown, into: (number | bigint | boolean)[]): void {
  if (Array.isArray(value)) {
    for (const each of value) flatten(each, into);
  } else if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    into.push(value);
  } else {
    throw refused(`${value === null ? "null" : typeof value} is no value of a tensor`);
  }
}

const integers: Partial<Record<Dtype, readonly [min: bigint, max: bigint]>> = {
  uint8: [0n, 255n],
  int8: [-128n, 127n],
  uint16: [0n, 65_535n],
  int16: [-32_768n, 32_767n],
  uint32: [0n, 4_294_967_295n],
  int32: [-2_147_483_648n, 2_147_483_647n],
  uint64: [0n, 2n ** 64n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

function wordOf(value: number | bigint | boolean, dtype: Dtype): number | bigint {
  if (dtype === "bool") {
    if (value === true || value === 1 || value === 1n) return 1;
    if (value === false || value === 0 || value === 0n) return 0;
    throw refused(`${value} is not a bool`);
  }
  const limits = integers[dtype];
  if (limits !== undefined) return integerOf(value, dtype, limits);
  if (isSmallFloat(dtype)) return smallFloatBits(dtype, Number(value));
  return Number(value);
}

function integerOf(
  value: number | bigint | boolean,
  dtype: Dtype,
  [min, max]: readonly [bigint, bigint],
): number | bigint {
  if (typeof value === "number" && !Number.isInteger(value)) {
    throw refused(`${value} is no whole number, as those of ${dtype} are`);
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw refused(`${value} is too large to be exact: pass a bigint`);
  }
  const exact = BigInt(value);
  if (exact < min || exact > max) {
    throw refused(`${value} is outside of ${dtype}, ${min} to ${max}`);
  }
  return dtype === "int64" || dtype === "uint64" ? exact : Number(exact);
}

function refused(reason: string): NthrecError {
  return new NthrecError("NTH_INVALID_VALUE", reason);
}
