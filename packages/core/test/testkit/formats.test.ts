import { describe, test } from "vitest";
import {
  DelimitedReader,
  DelimitedWriter,
} from "../../../../examples/custom-format/src/delimited.ts";
import { unchecked } from "../../../../examples/custom-format/test/unchecked.ts";
import { type FormatUnderTest, formatCases, memoryPlace } from "../../src/testkit/index.ts";
import { filePlace, places } from "../places.ts";
import { blobs } from "../support/blobs.ts";
import { ChunkedReader, ChunkedWriter } from "../support/chunked-format.ts";
import { CountedReader, CountedWriter } from "../support/counted-format.ts";
import { FootedReader, FootedWriter } from "../support/footed-format.ts";

const values = blobs(0, 1, 2, 17, 17, 127, 128, 300, 70_000);
const invalid = ["text", 7, null];
const shared = { values, invalid };

/** Blobs between a header, whose count nobody needs for reading, and a footer. */
function between(header: number, footer: number): FormatUnderTest<Uint8Array>["unchecked"] {
  return (offset, file) => {
    if (offset < header) return offset < 4 ? false : "record";
    if (offset >= file.length - footer) return "rest";
    return unchecked(offset - header, file.subarray(header, file.length - footer));
  };
}

const formats: Readonly<Record<string, FormatUnderTest<Uint8Array>>> = {
  delimited: { ...shared, Reader: DelimitedReader, Writer: DelimitedWriter, unchecked },
  counted: { ...shared, Reader: CountedReader, Writer: CountedWriter, unchecked: between(8, 0) },
  footed: { ...shared, Reader: FootedReader, Writer: FootedWriter, unchecked: between(0, 16) },
  chunked: { ...shared, Reader: ChunkedReader, Writer: ChunkedWriter, lacks: ["sameBytes"] },
};

for (const [name, format] of Object.entries(formats)) {
  // What a place adds does not depend on the format: one goes everywhere.
  for (const place of name === "delimited" ? places : [memoryPlace, filePlace]) {
    describe(`${name} blobs, ${place.name}`, () => {
      for (const { name: law, run } of formatCases(format, { place })) test(law, run, 60_000);
    });
  }
}
