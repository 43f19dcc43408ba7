import { formatCases, memoryPlace } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { blobPlace, filePlace, httpPlace } from "../../core/test/places.ts";
import { RiegeliReader } from "../src/index.ts";
import { RiegeliTestWriter } from "./support/riegeli-writer.ts";

const format = {
  Reader: RiegeliReader,
  Writer: RiegeliTestWriter,
  values: [0, 1, 10, 55, 127, 300, 70_000].map((size) =>
    Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 255),
  ),
  invalid: [undefined, "text", 7],
  // Records that are written together are coded together.
  lacks: ["sameBytes" as const],
};

describe.each([memoryPlace, filePlace, blobPlace, httpPlace])(
  "plain Riegeli over $name",
  (place) => {
    for (const { name, run } of formatCases(format, { place })) test(name, run, 120_000);
  },
);
