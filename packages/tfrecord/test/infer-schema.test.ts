import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeExample,
  exampleSchema,
  type FeatureInputs,
  inferExampleSchema,
  readTFRecords,
} from "../src/index.ts";
import { featureValue } from "./support/arbitrary-example.ts";
import { property } from "./support/seed.ts";
import { bytesNamed } from "./support/vectors.ts";

const infer = (...rows: FeatureInputs[]) => inferExampleSchema(rows.map(encodeExample));

describe("a schema that is inferred", () => {
  test("tells kinds, numbers of values and what is missing", async () => {
    const inferred = await infer(
      { a: "text", b: { floats: [1, 2] }, c: { int64s: [1] }, d: [Uint8Array.of(0xff)] },
      { a: "more", b: { floats: [3, 4] }, c: { int64s: [] } },
      { a: "x", b: { none: true }, d: ["text", "y"] },
    );
    expect(inferred.records).toBe(3);
    const none = { bytes: 0, float: 0, int64: 0, none: 0 };
    expect(Object.fromEntries(inferred.features)).toStrictEqual({
      a: { kinds: { ...none, bytes: 3 }, missing: 0, least: 1, most: 1, text: true },
      b: { kinds: { ...none, float: 2, none: 1 }, missing: 0, least: 2, most: 2, text: true },
      c: { kinds: { ...none, int64: 2 }, missing: 1, least: 0, most: 1, text: true },
      d: { kinds: { ...none, bytes: 2 }, missing: 1, least: 1, most: 2, text: false },
    });
    expect(inferred.specs()).toStrictEqual({
      a: { kind: "bytes", size: "one", optional: false },
      b: { kind: "float", size: 2, optional: true },
      c: { kind: "int64", size: undefined, optional: true },
      d: { kind: "bytes", size: undefined, optional: true },
    });
  });

  test("is kept by the records that it comes from", async () => {
    const rows = fc.array(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), featureValue), { maxLength: 4 }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const records = list.map((row) => encodeExample(new Map(row)));
        const inferred = await inferExampleSchema(records);
        let specs: ReturnType<typeof inferred.specs>;
        try {
          specs = inferred.specs();
        } catch (error) {
          expect(error).toMatchObject({ code: "NTH_DECODE_ERROR" });
          const mixed = [...inferred.features.values()].some(({ kinds }) => {
            const { none: _, ...some } = kinds;
            return Object.values(some).filter((count) => count > 0).length !== 1;
          });
          expect(mixed).toBe(true);
          return;
        }
        const schema = exampleSchema(specs);
        for (const record of records) expect(() => schema.decode(record)).not.toThrow();
      }),
      property,
    );
  });

  test("says which feature is of several kinds, or of none", async () => {
    const several = await infer({ a: "text" }, { a: { int64s: [1] } });
    expect(() => several.specs()).toThrow('feature "a" has values of bytes and int64');
    const nothing = await infer({ a: { none: true } });
    expect(() => nothing.specs()).toThrow('feature "a" has no kind in any record');
    expect((await infer()).specs()).toStrictEqual({});
  });

  test("comes from a file as it is read", async () => {
    const inferred = await inferExampleSchema(readTFRecords(bytesNamed("keyed_bytes.tfrecord")));
    expect(inferred.records).toBeGreaterThan(100);
    expect(inferred.features.get("key")).toMatchObject({
      missing: 0,
      least: 1,
      most: 1,
      text: true,
    });
  });
});
