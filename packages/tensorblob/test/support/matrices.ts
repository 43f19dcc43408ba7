import { Tensor } from "../../src/index.ts";

/** Sizes of the tensors that the laws are tried on. */
const shape = [3, 2];

const tensor = (...data: number[]): Tensor => new Tensor("float32", shape, new Float32Array(data));

/** What every form of tensors is under the test kit: what it takes, what it refuses, and when two are the same. */
export const matrices = {
  values: [
    tensor(1, 2, 3, 4, 5, 6),
    tensor(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38),
    tensor(-1, -2, -3, -4, -5, -6),
    tensor(7, 7, 7, 7, 7, 7),
  ],
  invalid: [new Float64Array(6), "text", null, [1, 2]],
  equal: (a: Tensor, b: Tensor) => a.dtype === b.dtype && Buffer.compare(a.bytes, b.bytes) === 0,
  writerOptions: { dtype: "float32", shape },
} as const;
