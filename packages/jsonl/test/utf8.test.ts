import fc from "fast-check";
import { expect, test } from "vitest";
import { brokenPieces, decodeWithoutBroken } from "../src/lines/utf8.ts";
import { property } from "./support/seed.ts";

/** Bytes that are likely to be nearly UTF-8. */
const bytes = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(
        0x41,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
      ),
    ),
    { maxLength: 12 },
  )
  .map((list) => Uint8Array.from(list));

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

test("property: each broken piece is one replacement character of the platform's decoder", () => {
  fc.assert(
    fc.property(bytes, (input) => {
      let text = "";
      let at = 0;
      for (const { start, end } of brokenPieces(input)) {
        text += `${decoder.decode(input.subarray(at, start))}\ufffd`;
        at = end;
      }
      text += decoder.decode(input.subarray(at));
      expect(text).toBe(decoder.decode(input));
    }),
    { ...property, numRuns: property.numRuns * 20 },
  );
});

test("property: text without its broken pieces keeps the replacement characters that were in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "é", "\ufffd", "😀") }), (text) => {
      const clean = new TextEncoder().encode(text);
      expect(decodeWithoutBroken(clean)).toBe(text);
      const dirty = Uint8Array.from([0xff, ...clean, 0xe2, 0x82]);
      expect(decodeWithoutBroken(dirty)).toBe(text);
    }),
    property,
  );
});

// What Python 3.11 makes of them: bytes.decode("utf-8", "ignore").
test.each([
  [[0x61, 0xff, 0x62], "ab"],
  [[0xed, 0xa0, 0x80], ""],
  [[0xf0, 0x9f, 0x98, 0x41], "A"],
  [[0xe2, 0x82, 0xe2, 0x82, 0xac], "€"],
  [[0xc0, 0xaf, 0xef, 0xbf, 0xbd], "\ufffd"],
  [[0xf4, 0x90, 0x80, 0x80, 0x7a], "z"],
])("%j without its broken pieces", (list, text) => {
  expect(decodeWithoutBroken(Uint8Array.from(list))).toBe(text);
});
