import { formatCases, type Golden } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { tfrecordFormat } from "./support/format.ts";
import { filled } from "./support/frames.ts";
import { bytesNamed } from "./support/vectors.ts";

/** A file of TensorFlow whose records are all of one size. */
function golden(name: string, values: readonly Uint8Array[], stride: number): Golden<Uint8Array> {
  const offsets = values.map((_, i) => i * stride);
  return { name, bytes: bytesNamed(name), values, offsets, exact: true };
}

const tfrecord = {
  Reader: TFRecordReader,
  Writer: TFRecordWriter,
  ...tfrecordFormat,
  goldens: [
    golden("base3.tfrecord", [filled(10, 0x61), filled(10, 0x62), filled(10, 0x63)], 26),
    golden("zero_length_records.tfrecord", [filled(0), filled(0), filled(0)], 16),
  ],
};

describe.each(places)("over $name", (place) => {
  describe("TFRecord keeps the laws", () => {
    for (const { name, run } of formatCases(tfrecord, { place })) test(name, run, 60_000);
  });
});
