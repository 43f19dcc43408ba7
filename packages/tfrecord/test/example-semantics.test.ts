import { isNthrecError } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { decodeExample, decodeSequenceExample } from "../src/index.ts";
import { showExample, showFeature } from "./support/show-example.ts";
import {
  entry,
  example,
  field,
  fixedField,
  floatBytes,
  floats,
  group,
  int64s,
  longField,
  numberField,
  texts,
  utf8,
  varint,
} from "./support/wire.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** An Example whose feature "a" has this content. */
const a = (...feature: readonly (readonly number[])[]): Uint8Array =>
  example(entry("a", ...feature));
const packed = (...values: readonly number[]): number[] => field(1, ...values.map(varint));
const single = (value: number): number[] => numberField(1, value);
const ints = (...values: readonly (number | bigint)[]): object => ({
  a: { int64s: values.map(String) },
});

/** What protobuf makes of each input, row by row. */
const rows: readonly (readonly [string, Uint8Array, object])[] = [
  ["a packed list", a(int64s(1, 300)), ints(1, 300)],
  ["an unpacked list", a(field(3, single(1), single(300))), ints(1, 300)],
  ["an empty list", a(field(3)), ints()],
  ["a packed list of nothing", a(field(3, field(1))), ints()],
  ["packed, then unpacked", a(field(3, packed(1, 2), single(3))), ints(1, 2, 3)],
  ["unpacked, then packed", a(field(3, single(3), packed(1, 2))), ints(3, 1, 2)],
  ["two packed chunks", a(field(3, packed(1, 2), packed(3))), ints(1, 2, 3)],
  [
    "floats packed, then unpacked",
    a(field(2, field(1, floatBytes(1, 2)), fixedField(1, 3))),
    { a: { floats: [1, 2, 3] } },
  ],
  ["negative integers and the extremes", a(int64s(-1, MIN, MAX)), ints(-1, MIN, MAX)],
  [
    "a 10th byte with extra bits",
    a(field(3, field(1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]))),
    ints(-1),
  ],
  ["a number in more bytes than it needs", a(field(3, field(1, [0x81, 0x80, 0x00]))), ints(1)],
  [
    "a name twice",
    example(entry("a", int64s(1)), entry("b", int64s(2)), entry("a", texts("x"))),
    { a: { bytes: ["x"] }, b: { int64s: ["2"] } },
  ],
  [
    "a name twice, in two fields of features",
    Uint8Array.from([...field(1, entry("a", int64s(1))), ...field(1, entry("a", int64s(2)))]),
    ints(2),
  ],
  [
    "two fields of features",
    Uint8Array.from([...field(1, entry("a", int64s(1))), ...field(1, entry("b", int64s(2)))]),
    { a: { int64s: ["1"] }, b: { int64s: ["2"] } },
  ],
  ["two kinds", a(int64s(1), floats(2)), { a: { floats: [2] } }],
  ["two kinds and the first again", a(int64s(1), floats(2), int64s(3)), ints(3)],
  ["one kind twice", a(int64s(1), int64s(2)), ints(1, 2)],
  ["a value before its name", example(field(1, field(2, int64s(1)), field(1, utf8("a")))), ints(1)],
  ["no name", example(field(1, field(2, int64s(1)))), { "": { int64s: ["1"] } }],
  ["no value", example(field(1, field(1, utf8("a")))), { a: { none: true } }],
  [
    "two names in an entry",
    example(field(1, field(1, utf8("x")), field(1, utf8("a")), field(2, int64s(1)))),
    ints(1),
  ],
  [
    "two values in an entry",
    example(field(1, field(1, utf8("a")), field(2, int64s(1)), field(2, int64s(2)))),
    ints(1, 2),
  ],
  [
    "two values of two kinds in an entry",
    example(field(1, field(1, utf8("a")), field(2, int64s(1)), field(2, texts("x")))),
    { a: { bytes: ["x"] } },
  ],
  [
    "unknown fields of every type at the top",
    Uint8Array.from([
      ...longField(9),
      ...fixedField(8, 1),
      ...numberField(7, MAX),
      ...field(6, [1]),
      ...group(5, group(4, longField(3)), field(1, [1])),
      ...a(int64s(1)),
    ]),
    ints(1),
  ],
  [
    "features with the wrong wire type",
    Uint8Array.from([...numberField(1, 5), ...a(int64s(1))]),
    ints(1),
  ],
  [
    "an unknown field among the features",
    example(numberField(5, 1), entry("a", int64s(1)), fixedField(1, 2)),
    ints(1),
  ],
  ["an unknown field before the kind", a(numberField(9, 1), int64s(1)), ints(1)],
  ["an unknown field behind the kind", a(int64s(1), longField(9)), ints(1)],
  ["an unknown field in a list", a(field(3, field(2, [1]), packed(1), fixedField(1, 9))), ints(1)],
  [
    "an unknown field in an entry",
    example(
      entry("b", int64s(2)),
      field(1, field(1, utf8("a")), field(2, int64s(1)), numberField(3, 1)),
    ),
    { b: { int64s: ["2"] } },
  ],
  [
    "a name of the wrong wire type",
    example(entry("b", int64s(2)), field(1, numberField(1, 1), field(2, int64s(1)))),
    { b: { int64s: ["2"] } },
  ],
  ["a kind of the wrong wire type", a(numberField(3, 1)), { a: { none: true } }],
  ["an empty record", new Uint8Array(0), {}],
  ["features that are empty", example(), {}],
  ["a feature without a kind", a(), { a: { none: true } }],
  [
    "bytes that are a number's",
    a(field(1, numberField(1, 5), field(1, utf8("x")))),
    { a: { bytes: ["x"] } },
  ],
];

/** What protobuf refuses. */
const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "an 11-byte number",
    a(field(3, field(1, [...new Array<number>(10).fill(0xff), 1]))),
    /more than 10 bytes/,
  ],
  [
    "an 11-byte number that is unknown",
    Uint8Array.from([0x38, ...new Array<number>(10).fill(0xff), 1]),
    /more than 10 bytes/,
  ],
  ["a packed number that is cut off", a(field(3, field(1, [1, 0x80]))), /cut off/],
  ["packed floats that are cut off", a(field(2, field(1, [1, 2, 3, 4, 5]))), /cut off/],
  [
    "a name that is not UTF-8",
    example(field(1, field(1, [0xff]), field(2, int64s(1)))),
    /not UTF-8/,
  ],
  ["a field longer than what holds it", Uint8Array.from([0x0a, 5, 0]), /longer than what holds it/],
  ["a length of 2^32 and more", Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x1f]), /too large/],
  ["a length in six bytes", Uint8Array.from([0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), /too large/],
  ["a tag that is cut off", Uint8Array.from([0x80]), /cut off/],
  ["a number that is cut off", Uint8Array.from([0x38, 0x80]), /cut off/],
  ["four bytes that are three", Uint8Array.from([0x3d, 1, 2, 3]), /cut off/],
  ["eight bytes that are seven", Uint8Array.from([0x39, 1, 2, 3, 4, 5, 6, 7]), /cut off/],
  ["field number 0", Uint8Array.from([0x02, 0]), /number 0/],
  ["wire type 6", Uint8Array.from([0x0e, 0]), /wire type 6/],
  ["a group that is not closed", Uint8Array.from([0x3b, 0x08, 1]), /not closed/],
  ["a group closed by another's end", Uint8Array.from([0x3b, 0x34]), /another one's end/],
  ["an end without a group", Uint8Array.from([0x3c]), /wire type 4/],
  ["groups nested without end", new Uint8Array(500).fill(0x3b), /nested too deep/],
];

describe("what protobuf reads", () => {
  test.each(rows)("%s", (_, record, expected) => {
    expect(showExample(record)).toStrictEqual(expected);
    const { size } = decodeExample(record, { check: true });
    expect(size).toBe(Object.keys(expected).length);
  });
});

describe("what protobuf refuses", () => {
  test.each(refused)("%s", (_, record, message) => {
    const expected = expect.objectContaining({
      code: "NTH_DECODE_ERROR",
      message: expect.stringMatching(message),
    });
    expect(() => showExample(record)).toThrow(expected);
    expect(() => decodeExample(record, { check: true })).toThrow(expected);
    expect(() => decodeSequenceExample(record, { check: true })).toThrow(expected);
  });
});

describe("what no value is made of", () => {
  const bad = field(3, field(1, [1, 0x80]));
  const hidden: readonly (readonly [string, Uint8Array])[] = [
    ["a feature that another one replaces", example(entry("a", bad), entry("a", int64s(1)))],
    ["a list that another kind replaces", a(bad, floats(1))],
    ["an entry that is left out", example(entry("a"), field(1, field(2, bad), numberField(3, 1)))],
  ];

  test.each(hidden)("is looked at if one wants it: %s", (_, record) => {
    expect(() => showExample(record)).not.toThrow();
    expect(() => decodeExample(record, { check: true })).toThrow(/cut off/);
    const step = Uint8Array.from(
      field(2, field(1, field(1, utf8("s")), field(2, [...field(1, bad)]))),
    );
    expect(decodeSequenceExample(step).lists.size).toBe(1);
    expect(() => decodeSequenceExample(step, { check: true })).toThrow(/cut off/);
  });
});

describe("names that are not UTF-8", () => {
  const name = Uint8Array.of(0x61, 0xff);
  const record = example(
    entry("a\ufffd", int64s(2)),
    field(1, field(1, [...name]), field(2, int64s(1))),
  );

  test("are kept as they are if one wants them", () => {
    const found = decodeExample(record, { names: "any" });
    expect(found.size).toBe(2);
    expect(found.names()).toStrictEqual(["a\ufffd", "a\ufffd"]);
    expect(found.rawNames()[1]).toStrictEqual(name);
    expect(found.feature(name)?.integers()).toStrictEqual([1]);
    expect(found.feature("a\ufffd")?.integers()).toStrictEqual([2]);
    expect(decodeSequenceExample(record, { names: "any" }).context.size).toBe(2);
  });
});

describe("a feature", () => {
  const record = example(
    entry("text", texts("one", "zwei", "")),
    entry("float", floats(0.5, -0, Number.NaN)),
    entry("int", int64s(1, -1, 2 ** 53 - 1)),
    entry("big", int64s(2n ** 53n)),
    entry("none"),
    entry("bad", field(3, field(1, [0x80]))),
  );
  const found = decodeExample(record);

  test("is read without its neighbours, which may be no features at all", () => {
    expect(found.names()).toStrictEqual(["text", "float", "int", "big", "none", "bad"]);
    expect(found.feature("text")?.text()).toStrictEqual(["one", "zwei", ""]);
    expect(found.feature("missing")).toBeUndefined();
    expect([found.has("none"), found.has("missing")]).toStrictEqual([true, false]);
    expect(() => found.feature("bad")?.bigints()).toThrow(/cut off/);
  });

  test("says how many values it has", () => {
    const lengths = ["text", "float", "int", "big", "none"].map(
      (name) => found.feature(name)?.length,
    );
    expect(lengths).toStrictEqual([3, 3, 3, 1, 0]);
  });

  test("gives integers as numbers, if they are exact, and as bigints", () => {
    expect(found.feature("int")?.integers()).toStrictEqual([1, -1, 2 ** 53 - 1]);
    expect(found.feature("int")?.bigints()).toStrictEqual(
      BigInt64Array.of(1n, -1n, 2n ** 53n - 1n),
    );
    expect(() => found.feature("big")?.integers()).toThrow(
      expect.objectContaining({
        code: "NTH_DECODE_ERROR",
        message: expect.stringMatching(/bigints/),
      }),
    );
  });

  test("gives floats as a view where they are aligned, else as a copy", () => {
    const at = (shift: number): Float32Array => {
      const memory = new Uint8Array(record.length + 8);
      memory.set(record, shift);
      const values = decodeExample(memory.subarray(shift, shift + record.length))
        .feature("float")
        ?.floats();
      expect([...(values as Float32Array)]).toStrictEqual([0.5, -0, Number.NaN]);
      return values as Float32Array;
    };
    const sizes = [0, 1, 2, 3].map((shift) => at(shift).buffer.byteLength);
    expect(sizes.filter((size) => size === record.length + 8).length).toBe(1);
    expect(sizes.filter((size) => size === 12).length).toBe(3);
  });

  test("of another kind is refused, and of none is empty", () => {
    for (const read of ["bytes", "text", "bigints", "integers"] as const) {
      expect(() => found.feature("float")?.[read]()).toThrow(
        expect.objectContaining({
          code: "NTH_DECODE_ERROR",
          message: expect.stringMatching(/holds float/),
        }),
      );
      expect(found.feature("none")?.[read]().length).toBe(0);
    }
    expect(() => found.feature("text")?.floats()).toThrow(/holds bytes values, not float/);
    expect(found.feature("none")?.floats().length).toBe(0);
  });
});

describe("a SequenceExample", () => {
  const lists = field(
    2,
    field(
      1,
      field(1, utf8("s")),
      field(2, field(1, int64s(1)), numberField(7, 1), field(1, texts("x")), field(1)),
    ),
    field(1, field(1, utf8("empty")), field(2)),
  );
  const record = Uint8Array.from([...field(1, entry("c", floats(1))), ...lists]);

  test("has a context and lists", () => {
    const { context, lists: found } = decodeSequenceExample(record);
    expect(context.feature("c")?.floats()[0]).toBe(1);
    expect([found.size, found.names()]).toStrictEqual([2, ["s", "empty"]]);
    expect(found.list("s")?.map(showFeature)).toStrictEqual([
      { int64s: ["1"] },
      { bytes: ["x"] },
      { none: true },
    ]);
    expect(found.list("empty")).toStrictEqual([]);
    expect(found.list("missing")).toBeUndefined();
    expect(Array.from(found, ([name, list]) => [name, list.length])).toStrictEqual([
      ["s", 3],
      ["empty", 0],
    ]);
  });

  test("reads as an Example, and an Example as one", () => {
    expect(decodeExample(record).names()).toStrictEqual(["c"]);
    expect(decodeSequenceExample(a(int64s(1))).lists.size).toBe(0);
  });

  test("of two parts is one", () => {
    const twice = decodeSequenceExample(Uint8Array.from([...record, ...field(2, entry("more"))]));
    expect(twice.lists.names()).toStrictEqual(["s", "empty", "more"]);
  });
});

test("errors are of this library", () => {
  try {
    decodeExample(Uint8Array.of(1, 2, 3));
    expect.unreachable();
  } catch (error) {
    expect(isNthrecError(error, "NTH_DECODE_ERROR")).toBe(true);
  }
});
