import { formatCases, memoryPlace, type PlaceMaker } from "@nthrec/core/testkit";
import { beforeAll, describe, test } from "vitest";
import { blobPlace, filePlace, httpPlace } from "../../core/test/places.ts";
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
  "groups of one, finished by closing, written early": {
    compression: "none",
    finalize: "close",
    highWaterMark: 100,
  },
  "groups of two, finished by closing": { groupSize: 2, compression: "none", finalize: "close" },
};

// A file takes 128 KiB at least, so that a sample of bytes and bits has to do; NTHREC_SWEEP=1 goes through all of one kind.
const sampled = { ...memoryPlace, slow: true };
const swept = process.env["NTHREC_SWEEP"] === "1" ? memoryPlace : sampled;

const runs: { kind: string; place: PlaceMaker; writerOptions: object }[] = [
  ...Object.entries(kinds).map(([kind, writerOptions]) => {
    const place = kind.includes("uncompressed") ? swept : sampled;
    return { kind, place, writerOptions };
  }),
  ...[filePlace, blobPlace, httpPlace].map((place) => {
    return { kind: "groups of two, zstd", place, writerOptions: { groupSize: 2 } };
  }),
];

describe.each(runs)("$kind, over $place.name", ({ kind, place, writerOptions }) => {
  const format = {
    Reader: ArrayRecordReader as never,
    Writer: ArrayRecordWriter,
    values,
    invalid: [undefined, null, "text", 7, [1, 2], new Uint16Array(2), new ArrayBuffer(2)],
    lacks: ["index" as const],
    writerOptions,
    readerOptions: {
      offsets: kind.includes("in pages") ? ("paged" as const) : undefined,
      tail: kind.includes("by closing") ? ("ignore" as const) : undefined,
    },
  };
  for (const { name, run } of formatCases(format, { place })) test(name, run, 120_000);
});
