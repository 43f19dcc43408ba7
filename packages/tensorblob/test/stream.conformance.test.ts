import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import { TensorStreamReader } from "../src/stream/tensor-stream-reader.ts";
import { TensorStreamWriter } from "../src/stream/tensor-stream-writer.ts";
import { Tensor } from "../src/values/tensor.ts";

const shape = [3, 2];
const tensor = (...data: number[]): Tensor => new Tensor("float32", shape, new Float32Array(data));
const values = [
  tensor(1, 2, 3, 4, 5, 6),
  tensor(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38),
  tensor(-1, -2, -3, -4, -5, -6),
  tensor(7, 7, 7, 7, 7, 7),
];

const format = {
  Reader: TensorStreamReader,
  Writer: TensorStreamWriter,
  values,
  invalid: [new Float64Array(6), "text", null, [1, 2]],
  lacks: ["index"],
  equal: (a: Tensor, b: Tensor) => a.dtype === b.dtype && Buffer.compare(a.bytes, b.bytes) === 0,
  unchecked: (offset: number) => (offset >= 64 ? "record" : false),
  writerOptions: { dtype: "float32", shape },
} as const;

describe.each(places)("over $name", (place) => {
  for (const { name, run } of formatCases(format as never, { place })) test(name, run, 60_000);
});
