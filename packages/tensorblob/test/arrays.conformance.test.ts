import { formatCases } from "@nthrec/core/testkit";
import { describe, test } from "vitest";
import { places } from "../../core/test/places.ts";
import { NpyReader, NpyWriter, SafetensorsReader, SafetensorsWriter } from "../src/index.ts";
import { matrices } from "./support/matrices.ts";

const formats = {
  npy: { Reader: NpyReader, Writer: NpyWriter, begin: 128 },
  safetensors: { Reader: SafetensorsReader, Writer: SafetensorsWriter, begin: 104 },
};

describe.each(Object.entries(formats))("%s", (_, { Reader, Writer, begin }) => {
  const format = {
    ...matrices,
    Reader,
    Writer,
    lacks: ["index"],
    // Neither header has a checksum: another type, or big-endian numbers, may be what it seems to say.
    unchecked: (offset: number) => (offset >= begin ? "record" : "file"),
  } as const;

  // The class below both is tested over every place.
  describe.each(places.slice(0, 1))("over $name", (place) => {
    for (const { name, run } of formatCases(format as never, { place })) test(name, run, 60_000);
  });
});
