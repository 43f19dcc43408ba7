import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "../src/index.ts";
import { jsonFormat, textFormat } from "./support/formats.ts";

const json = { ...jsonFormat, Reader: JsonlReader, Writer: JsonlWriter };
const text = { ...textFormat, Reader: TextReader, Writer: TextWriter };

describe.each(places)("over $name", (place) => {
  describe("JSON lines keep the laws", () => {
    for (const { name, run } of formatCases(json, { place })) test(name, run, 60_000);
  });
  describe("text lines keep the laws", () => {
    for (const { name, run } of formatCases(text, { place })) test(name, run, 60_000);
  });
});
