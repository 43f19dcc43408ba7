import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import { TensorStreamReader } from "../src/stream/tensor-stream-reader.ts";
import { TensorStreamWriter } from "../src/stream/tensor-stream-writer.ts";
import { matrices } from "./support/matrices.ts";

const format = {
  ...matrices,
  Reader: TensorStreamReader,
  Writer: TensorStreamWriter,
  lacks: ["index"],
  unchecked: (offset: number) => (offset >= 64 ? "record" : false),
} as const;

describe.each(places)("over $name", (place) => {
  for (const { name, run } of formatCases(format as never, { place })) test(name, run, 60_000);
});
