import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest"; // or node:test, mocha, …: the kit does not care
import { DelimitedReader, DelimitedWriter } from "../src/delimited.ts";
import { unchecked } from "./unchecked.ts";

const values = [0, 1, 2, 17, 127, 128, 300, 70_000].map((size) => new Uint8Array(size).fill(size));
const invalid = ["text", 7, null, [1, 2]];

describe("length-delimited blobs are a record format", () => {
  const format = { Reader: DelimitedReader, Writer: DelimitedWriter, values, invalid, unchecked };
  for (const { name, run } of formatCases(format)) test(name, run, 60_000);
});
