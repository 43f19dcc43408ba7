import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Complex, float16Values, type Tensor, tensor } from "../src/index.ts";
import { parseComplex } from "../src/numpy/complex.ts";
import { ValueDecoder } from "../src/values/value-decoder.ts";
import { ValueEncoder } from "../src/values/value-encoder.ts";

const encoder = new ValueEncoder({});
const decoder = new ValueDecoder({});
const key = (name: string): Uint8Array => new TextEncoder().encode(name);

function encoded(value: unknown): Uint8Array {
  return encoder.encode(value).slice();
}

function again(value: unknown): unknown {
  return decoder.decode(encoded(value));
}

/** The map that msgpack-numpy makes of an array. */
function arrayMap(fields: Record<string, unknown>): Uint8Array {
  return encoded(new Map(Object.entries(fields).map(([name, value]) => [key(name), value])));
}

const arrays: Tensor[] = [
  tensor(Int8Array.of(-1, 2)),
  tensor(Int16Array.of(-300, 2), [2, 1]),
  tensor(Int32Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3]),
  tensor(BigInt64Array.of(-(2n ** 63n))),
  tensor(Uint8Array.of(0, 255)),
  tensor(Uint16Array.of(1, 65_535)),
  tensor(Uint32Array.of(2 ** 32 - 1)),
  tensor(BigUint64Array.of(2n ** 64n - 1n)),
  tensor(Float32Array.of(1.5, Number.NaN)),
  tensor(Float64Array.of(1e300), []),
  tensor(new Float32Array(0), [2, 0]),
  { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
  { dtype: "float16", shape: [1], data: Uint16Array.of(0xc000) },
  { dtype: "complex64", shape: [1], data: Float32Array.of(1, -1) },
  { dtype: "complex128", shape: [2], data: Float64Array.of(1, -1, 2, -2) },
  { dtype: "float32", shape: [], data: Float32Array.of(7), scalar: true },
  { dtype: "void", shape: [2], data: key("abcdef"), descr: "|S3" },
  {
    dtype: "void",
    shape: [1],
    data: new Uint8Array(12),
    descr: [
      ["a", "<i4"],
      ["b", "<f8"],
    ],
  },
];

describe("tensors", () => {
  test.each(arrays)("$dtype $shape comes back as it was", (value) => {
    expect(again(value)).toStrictEqual(value);
    expect(again({ nested: [value] })).toStrictEqual({ nested: [value] });
  });

  test("an element of another byte order is turned round", () => {
    const bytes = Uint8Array.from([0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
    const fields = { nd: true, type: ">f8", kind: new Uint8Array(0), shape: [1], data: bytes };
    expect(decoder.decode(arrayMap(fields))).toStrictEqual(tensor(Float64Array.of(1.5)));
  });

  test("a file of an old version, without a kind, reads too", () => {
    const fields = { nd: true, type: "|u1", shape: [2], data: Uint8Array.of(1, 2) };
    expect(decoder.decode(arrayMap(fields))).toStrictEqual(tensor(Uint8Array.of(1, 2)));
  });

  test("half precision has its numbers", () => {
    const bits = Uint16Array.of(
      0,
      0x8000,
      0x3c00,
      0xc000,
      0x7bff,
      0x7c00,
      0xfc00,
      0x7e00,
      1,
      0x3555,
    );
    expect([...float16Values({ dtype: "float16", shape: [10], data: bits })]).toStrictEqual([
      0,
      -0,
      1,
      -2,
      65_504,
      Infinity,
      -Infinity,
      Number.NaN,
      2 ** -24,
      1365 * 2 ** -12,
    ]);
  });

  test.each([
    ["too few elements", { dtype: "float32", shape: [3], data: new Float32Array(2) }],
    ["another array", { dtype: "float32", shape: [2], data: new Float64Array(2) }],
    ["no shape", { dtype: "float32", shape: [-1], data: new Float32Array(0) }],
    ["void without a description", { dtype: "void", shape: [1], data: new Uint8Array(1) }],
    [
      "void of another length",
      { dtype: "void", shape: [2], data: new Uint8Array(3), descr: "|S2" },
    ],
  ])("%s is refused", (_, value) => {
    expect(() => encoded(value)).toThrow(expect.objectContaining({ code: "NTH_INVALID_VALUE" }));
  });

  test("an array without an element type is refused", () => {
    const clamped = new Uint8ClampedArray(1) as unknown as Uint8Array;
    expect(() => tensor(clamped)).toThrow(expect.objectContaining({ code: "NTH_INVALID_VALUE" }));
  });

  test("an object that only looks a little like a tensor is an object", () => {
    const value = { dtype: "float32", shape: "round", data: new Uint8Array(1) };
    expect(again(value)).toStrictEqual(value);
  });
});

describe("what is no tensor", () => {
  const base = {
    nd: true,
    type: "<f4",
    kind: new Uint8Array(0),
    shape: [1],
    data: new Uint8Array(4),
  };
  test.each([
    ["an array of objects", { ...base, type: "|O", kind: key("O") }],
    ["objects without a kind", { ...base, type: "|O" }],
    ["objects in a field", { ...base, type: [["a", [["b", "|O"]]]], kind: key("V") }],
    ["a scalar object", { nd: false, type: "|O8", data: new Uint8Array(8) }],
    ["bytes that do not fit", { ...base, shape: [2] }],
    ["elements that do not divide", { ...base, type: [["a", "<f4"]], shape: [3] }],
  ])("%s fails for that record, and nothing is run", (_, fields) => {
    expect(() => decoder.decode(arrayMap(fields))).toThrow(
      expect.objectContaining({ code: "NTH_DECODE_ERROR" }),
    );
    const raw = new ValueDecoder({ numpy: false }).decode(arrayMap(fields));
    expect(raw).toBeInstanceOf(Map);
  });

  test.each([
    ["another type of nd", { ...base, nd: 1 }],
    ["no shape", { ...base, shape: ["1"] }],
    ["no data", { nd: false, type: "<f4" }],
    ["a complex number that is none", { complex: true, data: "one" }],
    ["a complex number as bytes", { complex: true, data: new Uint8Array(1) }],
    ["too many entries", { ...base, more: 1 }],
    ["other keys", { complex: 1, data: 2 }],
  ])("%s stays a map of the user's", (_, fields) => {
    const map = decoder.decode(arrayMap(fields)) as Map<unknown, unknown>;
    expect(map).toBeInstanceOf(Map);
    expect([...map.values()]).toStrictEqual(Object.values(fields));
  });

  test("keys and kinds of any length are looked at", () => {
    const long = new Uint8Array(1_000_000);
    const map = decoder.decode(
      encoded(
        new Map([
          [key("nd"), true],
          [long, 1],
        ] as never),
      ),
    );
    expect(map).toBeInstanceOf(Map);
    const fields = { nd: true, type: "|u1", kind: long, shape: [1], data: Uint8Array.of(7) };
    expect(decoder.decode(arrayMap(fields))).toStrictEqual(tensor(Uint8Array.of(7)));
  });

  test("text keys of the same names are a user's object", () => {
    const value = { nd: true, type: "<f4", data: new Uint8Array(4), shape: [1] };
    expect(decoder.decode(encode(value))).toStrictEqual(value);
  });
});

describe("complex numbers", () => {
  test.each([
    ["(1+2j)", 1, 2],
    ["2j", 0, 2],
    ["(-0-1.5e-10j)", -0, -1.5e-10],
    ["(nan+infj)", Number.NaN, Infinity],
    ["(-inf-nanj)", -Infinity, Number.NaN],
    ["(1e+16+2.5j)", 1e16, 2.5],
  ])("%s is read", (text, re, im) => {
    expect(parseComplex(text)).toStrictEqual(new Complex(re, im));
  });

  test.each(["", "1", "(1+2)", "1+j", "j", "__import__('os')"])("%s is none", (text) => {
    expect(parseComplex(text)).toBeUndefined();
  });

  test("any of them comes back", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (re, im) => {
        expect(again(new Complex(re, im))).toStrictEqual(new Complex(re, im));
      }),
    );
  });
});
