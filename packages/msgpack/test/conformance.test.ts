import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import {
  MsgpackReader,
  MsgpackStreamReader,
  MsgpackStreamWriter,
  MsgpackWriter,
} from "../src/index.ts";
import { invalid, uncheckedFrom, values } from "./support/formats.ts";
import { megstoreGoldens } from "./support/megstore-vectors.ts";

const array = {
  Reader: MsgpackReader,
  Writer: MsgpackWriter,
  values,
  invalid,
  unchecked: uncheckedFrom(5),
  goldens: megstoreGoldens(),
};
const stream = {
  Reader: MsgpackStreamReader,
  Writer: MsgpackStreamWriter,
  values,
  invalid,
  unchecked: uncheckedFrom(0),
};

describe.each(places)("over $name", (place) => {
  describe("array files keep the laws", () => {
    for (const { name, run } of formatCases(array, { place })) test(name, run, 60_000);
  });
});

// Over Blobs and HTTP a stream differs from an array file in nothing that the laws could see.
describe.each(places.slice(0, 2))("over $name", (place) => {
  describe("streams of values keep the laws", () => {
    for (const { name, run } of formatCases(stream, { place })) test(name, run, 60_000);
  });
});
