import { ExtData } from "@msgpack/msgpack";
import fc from "fast-check";

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "\0", "\ufffd", "\ufeff", "x".repeat(31), "é".repeat(16), "y".repeat(300)),
);

/** Values that this package and @msgpack/msgpack have in common. */
export const commonValue: fc.Arbitrary<unknown> = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.maxSafeInteger(),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.double().filter((value) => !Object.is(value, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.integer({ min: 0, max: 127 }), fc.uint8Array({ maxLength: 20 }))
      .map(([type, data]) => new ExtData(type, data)),
    fc.array(tie("tree"), { maxLength: 18 }),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      tie("tree"),
      { maxKeys: 18, noNullPrototype: true },
    ),
  ),
})).tree;
