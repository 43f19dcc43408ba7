import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import {
  NpyReader,
  NpyWriter,
  SafetensorsReader,
  SafetensorsWriter,
  Tensor,
} from "../src/index.ts";

const shape = [3, 2];
const tensor = (...data: number[]): Tensor => new Tensor("float32", shape, new Float32Array(data));
const values = [
  tensor(1, 2, 3, 4, 5, 6),
  tensor(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38),
  tensor(-1, -2, -3, -4, -5, -6),
  tensor(7, 7, 7, 7, 7, 7),
];

const formats = {
  npy: { Reader: NpyReader, Writer: NpyWriter, begin: 128 },
  safetensors: { Reader: SafetensorsReader, Writer: SafetensorsWriter, begin: 104 },
};

describe.each(Object.entries(formats))("%s", (_, { Reader, Writer, begin }) => {
  const format = {
    Reader,
    Writer,
    values,
    invalid: [new Float64Array(6), "text", null, [1, 2]],
    lacks: ["index"],
    equal: (a: Tensor, b: Tensor) => a.dtype === b.dtype && Buffer.compare(a.bytes, b.bytes) === 0,
    // Neither header has a checksum: another type, or big-endian numbers, may be what it seems to say.
    unchecked: (offset: number) => (offset >= begin ? "record" : "file"),
    writerOptions: { dtype: "float32", shape },
  } as const;

  // The class below both is tested over every place.
  describe.each(places.slice(0, 1))("over $name", (place) => {
    for (const { name, run } of formatCases(format as never, { place })) test(name, run, 60_000);
  });
});
