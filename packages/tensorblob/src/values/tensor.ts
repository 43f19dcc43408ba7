import { NthrecError } from "@nthrec/core";
import { type Dtype, dataOver, type TensorData, traitsOf } from "./dtype.ts";
import { isSmallFloat, smallFloatValues } from "./small-floats.ts";

/** Values of one element type in the shape of a box: a view of memory in C order, little-endian. */
export class Tensor {
  readonly dtype: Dtype;
  /** Sizes of its dimensions; `[]` is a single number. */
  readonly shape: readonly number[];
  /** The memory: float16, bfloat16 and the 8-bit floats as bits, complex numbers as pairs, booleans as 0 and 1. */
  readonly data: TensorData;

  /**
   * Makes a tensor over `data`, which is not copied.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` when `data` does not suit the type or the shape
   */
  constructor(dtype: Dtype, shape: readonly number[], data: TensorData) {
    const { Data, words } = traitsOf(dtype);
    if (!(data instanceof Data)) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `a tensor of ${dtype} needs a ${(Data as unknown as { name: string }).name}, not a ${data.constructor.name}`,
      );
    }
    if (data.length !== countOf(shape) * words) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `a tensor of shape [${shape.join(", ")}] has ${countOf(shape)} elements, not ${data.length / words}`,
      );
    }
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /** A tensor over bytes, which are copied only where their place in memory does not suit the elements. */
  static over(dtype: Dtype, shape: readonly number[], bytes: Uint8Array): Tensor {
    return new Tensor(dtype, shape, dataOver(dtype, bytes));
  }

  /** A tensor of zeros. */
  static zeros(dtype: Dtype, shape: readonly number[]): Tensor {
    const { Data, words } = traitsOf(dtype);
    return new Tensor(dtype, shape, new Data(countOf(shape) * words));
  }

  /** Elements. */
  get size(): number {
    return countOf(this.shape);
  }

  /** The memory as bytes; not a copy. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Part `index` along the first dimension; not a copy. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` */
  row(index: number): Tensor {
    const [rows = 0, ...shape] = this.shape;
    if (!(Number.isInteger(index) && index >= 0 && index < rows)) {
      throw new NthrecError(
        "NTH_OUT_OF_RANGE",
        `row ${index} of a tensor of ${rows} rows does not exist`,
        { index },
      );
    }
    const width = this.data.length / rows;
    return new Tensor(this.dtype, shape, this.data.subarray(index * width, (index + 1) * width));
  }

  /** The same memory in another shape of as many elements. */
  reshape(...shape: number[]): Tensor {
    return new Tensor(this.dtype, shape, this.data);
  }

  /** A copy with memory of its own. */
  clone(): Tensor {
    return new Tensor(this.dtype, this.shape, this.data.slice());
  }

  /**
   * The values as 32-bit floats: exact for the 16- and 8-bit floats and for small integers, else the nearest. Complex
   * numbers come as pairs.
   *
   * @param target Where to put them. @default new memory
   */
  toFloat32(target: Float32Array = new Float32Array(this.data.length)): Float32Array {
    const { data, dtype } = this;
    if (isSmallFloat(dtype)) {
      const values = smallFloatValues(dtype);
      for (let i = 0; i < data.length; i++) target[i] = values[data[i] as number] as number;
    } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      for (let i = 0; i < data.length; i++) target[i] = Number(data[i]);
    } else {
      target.set(data);
    }
    return target;
  }

  /** The values in one flat array: numbers, bigints for 64-bit integers, booleans; complex numbers as pairs. */
  values(): (number | bigint | boolean)[] {
    const { data, dtype } = this;
    if (dtype === "bool") return Array.from(data as Uint8Array, (value) => value !== 0);
    if (isSmallFloat(dtype)) return Array.from(this.toFloat32());
    return Array.from(data as ArrayLike<number | bigint>);
  }

  toString(): string {
    return `Tensor(${this.dtype}, [${this.shape.join(", ")}])`;
  }
}

/** Elements in a box of this shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
