import { ExtData, ExtensionCodec, encode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { Timestamp, type ValueReadOptions } from "../src/index.ts";
import { ValueDecoder } from "../src/values/value-decoder.ts";
import { ValueEncoder } from "../src/values/value-encoder.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

function decoded(hex: string, options: ValueReadOptions = {}): unknown {
  return new ValueDecoder(options).decode(bytes(hex));
}

function encoded(value: unknown): string {
  return Buffer.from(new ValueEncoder({}).encode(value)).toString("hex");
}

const fails = (code: string, words?: string): unknown =>
  expect.objectContaining({ code, ...(words && { message: expect.stringContaining(words) }) });

describe("integers of 64 bits", () => {
  const cases = [
    ["cf0020000000000001", 2n ** 53n + 1n],
    ["cfffffffffffffffff", 2n ** 64n - 1n],
    ["d38000000000000000", -(2n ** 63n)],
    ["d3ffdfffffffffffff", -(2n ** 53n) - 1n],
  ] as const;
  test.each(cases)("%s", (hex, exact) => {
    expect(decoded(hex)).toBe(Number(exact));
    expect(decoded(hex, { bigints: "bigint" })).toBe(exact);
    expect(decoded(hex, { bigints: "text" })).toBe(String(exact));
    expect(encoded(exact)).toBe(hex);
  });

  test("those that a number can hold stay numbers, in the shortest form", () => {
    expect(decoded("cf0000000000000007", { bigints: "bigint" })).toBe(7);
    expect(decoded("d3fffffffffffffff9", { bigints: "text" })).toBe(-7);
    expect([encoded(7n), encoded(-7n), encoded(2 ** 40), encoded(-(2 ** 40))]).toStrictEqual([
      "07",
      "f9",
      "cf0000010000000000",
      "d3ffffff0000000000",
    ]);
  });

  test("larger ones are refused", () => {
    expect(() => encoded(2n ** 64n)).toThrow(fails("NTH_INVALID_VALUE", "64 bits"));
    expect(() => encoded(-(2n ** 63n) - 1n)).toThrow(fails("NTH_INVALID_VALUE"));
  });
});

describe("keys that are no text", () => {
  const mixed = encoded(
    new Map<unknown, unknown>([
      ["a", 1],
      [2, "b"],
      [null, 3],
      [true, 4],
    ]),
  );

  test("make a Map, or an object on request", () => {
    const entries = [
      ["a", 1],
      [2, "b"],
      [null, 3],
      [true, 4],
    ];
    expect([...(decoded(mixed) as Map<unknown, unknown>)]).toStrictEqual(entries);
    expect(decoded(mixed, { maps: "object" })).toStrictEqual({ a: 1, 2: "b", null: 3, true: 4 });
    expect(decoded("81c4016103", { numpy: false })).toBeInstanceOf(Map);
    expect(() => decoded("81c4016103", { maps: "object" })).toThrow(
      fails("NTH_DECODE_ERROR", "maps"),
    );
  });

  test("a Map keeps the order of keys, an object is one however its keys are called", () => {
    const hex = encoded(
      new Map([
        ["10", 1],
        ["2", 2],
      ]),
    );
    expect([...(decoded(hex, { maps: "map" }) as Map<unknown, unknown>).keys()]).toEqual([
      "10",
      "2",
    ]);
    const proto = encoded(
      new Map<string, unknown>([
        ["__proto__", { polluted: 1 }],
        ["constructor", 2],
      ]),
    );
    const read = decoded(proto) as Record<string, unknown>;
    expect(Object.keys(read)).toStrictEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(encoded(read)).toBe(proto);
  });

  test("long keys, keys beyond the cache, and keys that are no UTF-8", () => {
    const key = "k".repeat(300);
    expect(decoded(encoded({ [key]: 1, é: 2 }))).toStrictEqual({ [key]: 1, é: 2 });
    expect(() => decoded("81a2ff4101")).toThrow(fails("NTH_DECODE_ERROR", "UTF-8"));
    expect(decoded("81a2ff4101", { errors: "replace" })).toStrictEqual({ "\ufffdA": 1 });
    expect(decoded(encoded({ "\ufffd": 1 }))).toStrictEqual({ "\ufffd": 1 });
  });
});

describe("timestamps", () => {
  const cases = [
    ["d6ff00000001", 1, 0],
    ["d7ff0000000800000001", 1, 2],
    ["c70cff3b9ac9ffffffffffffffffff", -1, 999_999_999],
  ] as const;
  test.each(cases)("%s", (hex, seconds, nanoseconds) => {
    const exact = decoded(hex, { timestamps: "exact" });
    expect(exact).toStrictEqual(new Timestamp(seconds, nanoseconds));
    expect(encoded(exact)).toBe(hex);
    expect(decoded(hex)).toStrictEqual(new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6)));
  });

  test("dates before 1970 and to the millisecond come back", () => {
    for (const time of [0, -1, -1001, 1_700_000_000_123, 8.64e15, -8.64e15]) {
      expect(decoded(encoded(new Date(time)))).toStrictEqual(new Date(time));
    }
  });

  test("what no Date reaches takes the option; what is no timestamp is an error", () => {
    const far = encoded(new Timestamp(2 ** 50));
    expect(() => decoded(far)).toThrow(fails("NTH_DECODE_ERROR", "exact"));
    expect(decoded(far, { timestamps: "exact" })).toStrictEqual(new Timestamp(2 ** 50));
    expect(new Timestamp(2 ** 50).toDate()).toBeUndefined();
    expect(() => decoded("d5ff0000")).toThrow(fails("NTH_DECODE_ERROR"));
    expect(() => decoded("c70cff000000007fffffffffffffff")).toThrow(fails("NTH_DECODE_ERROR"));
    expect(() => decoded("c70cffffffffff0000000000000000")).toThrow(fails("NTH_DECODE_ERROR"));
    expect(() => new Timestamp(0.5)).toThrow(fails("NTH_INVALID_VALUE"));
    expect(() => new Timestamp(0, 1e9)).toThrow(fails("NTH_INVALID_VALUE"));
    expect(() => encoded(new Date(Number.NaN))).toThrow(fails("NTH_INVALID_VALUE"));
  });
});

describe("extensions", () => {
  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  const codec = new ExtensionCodec();
  codec.register({
    type: 3,
    encode: (value) => (value instanceof Point ? Uint8Array.of(value.x) : null),
    decode: (data) => {
      if (data[0] === 0) throw new Error("zero");
      return new Point(data[0] as number);
    },
  });

  test("a codec of @msgpack/msgpack reads and writes them", () => {
    const hex = Buffer.from(
      new ValueEncoder({ extensions: codec }).encode([new Point(7), new Date(0)]),
    );
    expect(decoded(hex.toString("hex"), { extensions: codec })).toStrictEqual([
      new Point(7),
      new Date(0),
    ]);
    expect(hex.equals(encode([new Point(7), new Date(0)], { extensionCodec: codec }))).toBe(true);
  });

  test("a codec that fails is told of", () => {
    expect(() => decoded("d40300", { extensions: codec })).toThrow(
      fails("NTH_DECODE_ERROR", "zero"),
    );
    const bad = new ExtensionCodec();
    bad.register({
      type: 1,
      encode: () => {
        throw new Error("never");
      },
      decode: () => null,
    });
    expect(() => new ValueEncoder({ extensions: bad }).encode({})).toThrow(
      fails("NTH_INVALID_VALUE", "never"),
    );
  });

  test("a failure that is none of ours is one of the record, if its frame is sound", () => {
    const options = {
      get extensions(): ExtensionCodec {
        throw new RangeError("too many");
      },
    };
    expect(() => decoded("d40301", options)).toThrow(fails("NTH_DECODE_ERROR", "too many"));
    expect(() => decoded("d4030101", options)).toThrow(fails("NTH_CORRUPTION"));
  });

  test("without one they are ExtData, of any type and length", () => {
    for (const size of [0, 1, 2, 3, 4, 8, 16, 17, 300, 70_000]) {
      const value = new ExtData(-5, new Uint8Array(size).fill(size));
      expect(decoded(encoded(value))).toStrictEqual(value);
    }
    expect(encoded(new ExtData(1, () => Uint8Array.of(9)))).toBe("d40109");
    expect(() => encoded(new ExtData(128, new Uint8Array(1)))).toThrow(fails("NTH_INVALID_VALUE"));
  });
});

describe("text and bytes", () => {
  test("of every length have the shortest head", () => {
    for (const size of [0, 23, 24, 25, 31, 32, 255, 256, 65_535, 65_536, 2_000_000]) {
      for (const text of [
        "x".repeat(size),
        "é".repeat(Math.ceil(size / 2)),
        "日".repeat(Math.ceil(size / 3)),
      ]) {
        const hex = Buffer.from(new ValueEncoder({}).encode(text));
        expect(hex.equals(encode(text))).toBe(true);
        expect(new ValueDecoder({}).decode(hex)).toBe(text);
      }
      const data = new Uint8Array(size).fill(7);
      const read = new ValueDecoder({}).decode(new ValueEncoder({}).encode(data));
      expect(Buffer.compare(read as Uint8Array, data)).toBe(0);
    }
  });

  test("bytes that are no UTF-8 fail for that record, or are replaced", () => {
    expect(() => decoded("a2c328")).toThrow(fails("NTH_DECODE_ERROR", "UTF-8"));
    expect(decoded("a2c328", { errors: "replace" })).toBe("\ufffd(");
    expect(decoded("a3efbfbd")).toBe("\ufffd");
  });

  test("a Buffer, an ArrayBuffer and a Uint8Array are the same bytes", () => {
    const hex = "c403010203";
    expect(encoded(Buffer.from([1, 2, 3]))).toBe(hex);
    expect(encoded(Uint8Array.of(1, 2, 3).buffer)).toBe(hex);
    expect(() => encoded(new DataView(new ArrayBuffer(1)))).toThrow(
      fails("NTH_INVALID_VALUE", "tensor"),
    );
  });
});

describe("containers", () => {
  test("undefined is left out of objects, and null in arrays", () => {
    expect(encoded({ a: undefined, b: 1 })).toBe("81a16201");
    expect(encoded([undefined])).toBe("91c0");
  });

  test("long ones have wide counts", () => {
    const list = Array.from({ length: 70_000 }, (_, i) => i);
    const object = Object.fromEntries(list.map((i) => [`k${i}`, i]));
    for (const value of [list, object, list.slice(0, 300)]) {
      const hex = new ValueEncoder({}).encode(value).slice();
      expect(new ValueDecoder({}).decode(hex)).toStrictEqual(value);
    }
  });

  test("1,024 levels are read and written, as the original can; more are refused", () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { k: value };
      return value;
    };
    expect(decoded(encoded(nested(1024)))).toStrictEqual(nested(1024));
    expect(() => encoded(nested(1025))).toThrow(fails("NTH_INVALID_VALUE", "1024"));
    const maps = new Map([[1, nested(1024)]]);
    expect(() => encoded(maps)).toThrow(fails("NTH_INVALID_VALUE", "1024"));
    expect(() => decoded(`${"91".repeat(1025)}01`)).toThrow(fails("NTH_DECODE_ERROR", "1024"));
    expect(() => decoded("91".repeat(1_000_000))).toThrow(fails("NTH_CORRUPTION"));
    const self: unknown[] = [];
    self.push(self);
    expect(() => encoded(self)).toThrow(fails("NTH_INVALID_VALUE", "contains itself"));
  });

  test("counts larger than the record are not believed", () => {
    for (const hex of [
      "dd7fffffff",
      "dfffffffff01",
      "9f",
      "c6ffffffff",
      "dbffffffff61",
      "c9ffffffff01",
    ]) {
      expect(() => decoded(hex)).toThrow(fails("NTH_CORRUPTION"));
    }
  });

  test("a value and something behind it, or none at all, is not one value", () => {
    for (const hex of ["0101", "", "c1", "91c1"])
      expect(() => decoded(hex)).toThrow(fails("NTH_CORRUPTION"));
  });

  test("hostile maps in maps cost no more than they weigh", () => {
    const hex = `${"82a161".repeat(1000)}01${"0101".repeat(1000)}`;
    expect(decoded(hex)).toBeInstanceOf(Map);
  });

  test("numbers of one and four bytes as other packers write them", () => {
    expect(
      decoded("98ca3fc00000ccffcdffffceffffffffd080d18000d280000000cb3ff8000000000000"),
    ).toStrictEqual([1.5, 255, 65_535, 4_294_967_295, -128, -32_768, -2_147_483_648, 1.5]);
    expect(encoded([1.5, 255, 65_535, 4_294_967_295, -128, -32_768, -2_147_483_648, -0])).toBe(
      "98cb3ff8000000000000ccffcdffffceffffffffd080d18000d280000000cb8000000000000000",
    );
  });

  test("what is no value is refused", () => {
    for (const value of [new Set(), /x/, Promise.resolve(), () => 1, Symbol("s"), new Error("e")]) {
      expect(() => encoded([value])).toThrow(fails("NTH_INVALID_VALUE"));
    }
  });
});
