import { formatCases, memoryPlace } from "@nthrec/core/testkit";
import { beforeAll, describe, test } from "vitest";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";

beforeAll(() => ArrayRecordWriter.prepare());

const values = [0, 1, 10, 55, 127, 300, 70_000].map((size) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 255),
);

const kinds = {
  "groups of one, zstd": {},
  "groups of three, uncompressed": { optionString: "group_size:3,uncompressed" },
  "columns, brotli": { optionString: "group_size:2,transpose,brotli:1" },
  "groups of two, the footer in pages": { groupSize: 2, compression: "snappy" },
  "groups of two, finished by closing": { groupSize: 2, compression: "none", finalize: "close" },
};

// One kind goes through every byte and bit, the others through a sample.
const sampled = { ...memoryPlace, slow: true };

describe.each(Object.entries(kinds))("%s", (kind, writerOptions) => {
  const format = {
    Reader: ArrayRecordReader as never,
    Writer: ArrayRecordWriter,
    values,
    invalid: [undefined, null, "text", 7, [1, 2], new Uint16Array(2), new ArrayBuffer(2)],
    lacks: ["index" as const],
    writerOptions: writerOptions as object,
    readerOptions: {
      offsets: kind.includes("in pages") ? ("paged" as const) : undefined,
      tail: kind.includes("by closing") ? ("ignore" as const) : undefined,
    },
  };
  const place = kind.includes("uncompressed") ? memoryPlace : sampled;
  for (const { name, run } of formatCases(format, { place })) test(name, run, 120_000);
});
