import fc from "fast-check";
import type { FeatureValue } from "../../src/index.ts";

const name = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "a", "b", "ab", "\ud83d\ude00", "\uff5e", "\0", "__proto__", "toString"),
);
const float = fc.oneof(
  fc.float({ noNaN: true }),
  fc.constantFrom(-0, Number.POSITIVE_INFINITY, 0.1, 1e300, 1e-45),
);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
);

export const featureValue: fc.Arbitrary<FeatureValue> = fc.oneof(
  fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }).map((bytes) => ({ bytes })),
  fc.array(float, { maxLength: 40 }).map((floats) => ({ floats })),
  fc.array(int64, { maxLength: 40 }).map((int64s) => ({ int64s })),
  fc.constant({ none: true } as const),
);

export const featureMap: fc.Arbitrary<Map<string, FeatureValue>> = fc
  .array(fc.tuple(name, featureValue), { maxLength: 6 })
  .map((entries) => new Map(entries));

export const featureLists: fc.Arbitrary<Map<string, FeatureValue[]>> = fc
  .array(fc.tuple(name, fc.array(featureValue, { maxLength: 4 })), { maxLength: 4 })
  .map((entries) => new Map(entries));
