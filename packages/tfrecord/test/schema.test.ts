import { describe, expect, expectTypeOf, test } from "vitest";
import { type ExampleOf, encodeExample, exampleSchema } from "../src/index.ts";

const schema = exampleSchema({
  image: { kind: "bytes", size: "one" },
  caption: { kind: "text", size: "one", optional: true },
  tags: { kind: "text" },
  label: { kind: "integer", size: "one" },
  box: { kind: "float", size: 4 },
  id: { kind: "int64", size: "one" },
  counts: { kind: "integer", optional: true },
});

type Row = ExampleOf<(typeof schema)["features"]>;

const row: Row = {
  image: Uint8Array.of(1, 2),
  tags: ["a", "b"],
  label: 3,
  box: Float32Array.of(0, 0.5, 1, 2),
  id: 2n ** 60n,
};

describe("a schema", () => {
  test("types its records", () => {
    expectTypeOf<Row["image"]>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Row["caption"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Row["tags"]>().toEqualTypeOf<string[]>();
    expectTypeOf<Row["label"]>().toEqualTypeOf<number>();
    expectTypeOf<Row["box"]>().toEqualTypeOf<Float32Array>();
    expectTypeOf<Row["id"]>().toEqualTypeOf<bigint>();
    expectTypeOf<Row["counts"]>().toEqualTypeOf<number[] | undefined>();
  });

  test("reads what it writes", () => {
    expect(schema.decode(schema.encode(row))).toStrictEqual(row);
    const full: Row = { ...row, caption: "é", counts: [] };
    expect(schema.decode(schema.encode(full))).toStrictEqual(full);
  });

  test("passes over features that it does not name, and takes one without a kind for missing", () => {
    const record = encodeExample({
      image: Uint8Array.of(1, 2),
      tags: ["a", "b"],
      label: 3n,
      box: { floats: [0, 0.5, 1, 2] },
      id: 2n ** 60n,
      caption: { none: true },
      more: "x",
    });
    expect(schema.decode(record)).toStrictEqual(row);
  });

  test.each([
    [{ label: undefined }, /"label" is missing/],
    [{ label: { none: true } as const }, /"label" has no kind/],
    [{ label: "three" }, /"label" holds bytes values, not int64/],
    [{ label: [1n, 2n] }, /"label" has 2 values, not 1/],
    [{ box: Float32Array.of(1) }, /"box" has 1 values, not 4/],
    [{ label: 2n ** 60n }, /bigints/],
  ])("refuses to read %o", (change, message) => {
    const all = { ...row, label: 3n, ...change };
    const given = Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined),
    );
    expect(() => schema.decode(encodeExample(given))).toThrow(
      expect.objectContaining({
        code: "NTH_DECODE_ERROR",
        message: expect.stringMatching(message),
      }),
    );
  });

  test.each([
    [{ label: undefined }, /"label" is missing/],
    [{ label: 1.5 }, /"label": value 0/],
    [{ tags: "text" }, /"tags" is no list/],
    [{ box: [1, 2, 3] }, /"box" has 3 values, not 4/],
    [{ more: 1 }, /"more" is not in the schema/],
  ])("refuses to write %o", (change, message) => {
    expect(() => schema.encode({ ...row, ...change } as unknown as Row)).toThrow(
      expect.objectContaining({
        code: "NTH_INVALID_VALUE",
        message: expect.stringMatching(message),
      }),
    );
  });
});
