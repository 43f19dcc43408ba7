import { isNthrecError } from "@nthrec/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExact } from "../src/json/exact-integers.ts";
import { stringifyRecord } from "../src/json/stringify.ts";
import { property } from "./support/seed.ts";

const write = (value: unknown): string => stringifyRecord(value, undefined, false);
const writeExact = (value: unknown): string => stringifyRecord(value, undefined, true);

function refusalOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (isNthrecError(error, "NTH_INVALID_VALUE")) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function nested(depth: number): unknown {
  let value: unknown = "[[[{{{";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { '}"': value };
  return value;
}

describe("what has no JSON text is refused", () => {
  test.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["an object whose toJSON gives nothing", { toJSON: () => undefined }],
  ])("%s", (_, value) => {
    expect(refusalOf(() => write(value)).message).toMatch(/has no JSON text/);
    expect(refusalOf(() => writeExact(value)).message).toMatch(/has no JSON text/);
  });

  test("a value that contains itself, with the engine's error as cause", () => {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    expect(refusalOf(() => write(value)).cause).toBeInstanceOf(TypeError);
  });

  test("a value whose toJSON throws, whatever it throws", () => {
    const toJSON = (): never => {
      throw "mine";
    };
    const error = refusalOf(() => write({ toJSON }));
    expect(error.cause).toBe("mine");
    expect(error.message).toContain("mine");
  });

  test("a bigint, unless bigints are asked for; the message names the option", () => {
    expect(refusalOf(() => write({ n: 1n })).message).toContain('bigints: "bigint"');
  });
});

describe("text that other readers refuse is refused", () => {
  test.each([
    ["a lone high surrogate", "a\ud800"],
    ["a lone low surrogate", "\udfff"],
    ["two in the wrong order", "\udc00\ud800"],
    ["in a key", { "\udabc": 1 }],
    ["deep inside", { a: [{ b: ["\ud800"] }] }],
    ["after backslashes", "\\\\\ud800"],
  ])("a lone surrogate: %s", (_, value) => {
    expect(refusalOf(() => write(value)).message).toContain("lone surrogate");
    expect(refusalOf(() => writeExact(value)).message).toContain("lone surrogate");
    expect(refusalOf(() => writeExact([value, 2n ** 60n])).message).toContain("lone surrogate");
  });

  test("pairs, and text that only spells an escape, are not", () => {
    for (const value of ["😀", "\\ud800", "\\\\ud800", { "\\udc00": "\\" }]) {
      expect(JSON.parse(write(value))).toStrictEqual(value);
    }
  });

  test("strings that look like what a bigint travels as", () => {
    for (const value of ["\ud8005\udc00", { "\ud8005\udc00": 1 }]) {
      expect(refusalOf(() => writeExact([5n, value])).message).toContain("lone surrogate");
      expect(refusalOf(() => writeExact(value)).message).toContain("lone surrogate");
    }
  });

  test("nesting deeper than 1,024 levels, but not 1,024", () => {
    expect(JSON.parse(write(nested(1024)))).toStrictEqual(nested(1024));
    expect(refusalOf(() => write(nested(1025))).message).toContain("1024 levels");
  });

  test("many brackets side by side, or inside strings, are no depth", () => {
    const wide = Array.from({ length: 3000 }, () => [{}]);
    expect(write(wide)).toBe(JSON.stringify(wide));
    expect(write("[".repeat(5000))).toBe(`"${"[".repeat(5000)}"`);
  });
});

describe("bigints", () => {
  test("are written as integers, exactly, to the borders of 64 bits", () => {
    expect(writeExact({ a: [2n ** 64n - 1n, -(2n ** 63n)], b: 0n, c: -0 })).toBe(
      '{"a":[18446744073709551615,-9223372036854775808],"b":0,"c":0}',
    );
    expect(writeExact(7n)).toBe("7");
  });

  test.each([2n ** 64n, -(2n ** 63n) - 1n, 10n ** 100n])(
    "%s is refused: readers would round it",
    (value) => {
      expect(refusalOf(() => writeExact([value])).message).toMatch(/outside -2\^63 to 2\^64-1/);
    },
  );

  test("win over a BigInt.prototype.toJSON that the program added", () => {
    const prototype = BigInt.prototype as { toJSON?: () => string };
    prototype.toJSON = function (this: bigint) {
      return `${this}`;
    };
    try {
      expect(writeExact([2n ** 60n])).toBe("[1152921504606846976]");
      expect(write([2n ** 60n])).toBe('["1152921504606846976"]');
    } finally {
      delete prototype.toJSON;
    }
  });

  test("meet the replacer first, with its holder, and may come from it", () => {
    const replacer = function (this: unknown, key: string, value: unknown): unknown {
      if (key === "double") return (value as bigint) * 2n;
      if (key === "holder") return Object.keys(this as object).length;
      return value;
    };
    const text = stringifyRecord({ double: 2n ** 60n, holder: null }, replacer, true);
    expect(text).toBe('{"double":2305843009213693952,"holder":2}');
  });
});

test("a replacer works without bigints too", () => {
  const text = stringifyRecord(
    { a: 1, b: 2 },
    (key, value) => (key === "a" ? undefined : value),
    false,
  );
  expect(text).toBe('{"b":2}');
});

test("NaN and infinities become null, as the original writes them", () => {
  expect(write([Number.NaN, Number.POSITIVE_INFINITY])).toBe("[null,null]");
});

test("property: what is written is one line and reads back", () => {
  const tree = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
        .filter((n) => n > 2n ** 53n || n < -(2n ** 53n)),
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\u2028", "u", "d", "8", "0") }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree")),
      fc.dictionary(fc.string({ unit: "grapheme" }), tie("tree"), { noNullPrototype: true }),
    ),
  })).tree;
  fc.assert(
    fc.property(tree, (value) => {
      const text = writeExact(value);
      expect(text).not.toContain("\n");
      expect(parseExact(text, BigInt)).toStrictEqual(value);
    }),
    property,
  );
});
