import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExact } from "../src/json/exact-integers.ts";
import { property } from "./support/seed.ts";

const parse = (text: string): unknown => parseExact(text, BigInt);

describe("integers beyond 2^53", () => {
  test.each([
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-9007199254740991", -9007199254740991],
    ["-9007199254740993", -9007199254740993n],
    ["18446744073709551615", 18446744073709551615n],
    ["-9223372036854775808", -9223372036854775808n],
    [`1${"0".repeat(400)}`, 10n ** 400n],
    ["0", 0],
    ["-0", -0],
    ["1.0", 1],
  ])("%s alone", (text, value) => {
    expect(parse(text)).toStrictEqual(value);
  });

  test.each([
    "12345678901234567.0",
    "12345678901234567e2",
    "12345678901234567E-2",
    "0.12345678901234567",
    "1e12345678901234567",
    "1e-0000000000000000",
    "-0.0000000000000001234567890123456",
  ])("%s is no integer and stays a number", (text) => {
    expect(parse(text)).toBe(JSON.parse(text));
  });

  test("are found wherever a value may stand, and nowhere else", () => {
    const text =
      ' {"12345678901234567" : 12345678901234567 ,"a\\"12345678901234567":[ -12345678901234567,\t12345678901234568],' +
      '"\\\\":"12345678901234567, 12345678901234567","n":{"n":[[12345678901234569]]}}\r\n';
    expect(parse(text)).toStrictEqual({
      "12345678901234567": 12345678901234567n,
      'a"12345678901234567': [-12345678901234567n, 12345678901234568n],
      "\\": "12345678901234567, 12345678901234567",
      n: { n: [[12345678901234569n]] },
    });
  });

  test("keep apart from strings that look like what the parser uses inside", () => {
    const text = '["\\u00019007199254740993","\\u0001\\u00019007199254740993",9007199254740993]';
    expect(parse(text)).toStrictEqual([
      "\u00019007199254740993",
      "\u0001\u00019007199254740993",
      9007199254740993n,
    ]);
  });

  test("become text where that is asked for", () => {
    expect(parseExact('{"id":9007199254740993,"n":12}', String)).toStrictEqual({
      id: "9007199254740993",
      n: 12,
    });
  });

  test("reach the reviver", () => {
    const seen: [string, unknown][] = [];
    const value = parseExact('{"a":[9007199254740993,1]}', BigInt, (key, item) => {
      seen.push([key, item]);
      return typeof item === "bigint" ? `${item}!` : item;
    });
    expect(value).toStrictEqual({ a: ["9007199254740993!", 1] });
    expect(seen[0]).toStrictEqual(["0", 9007199254740993n]);
  });

  test("in a property called __proto__ change no prototype", () => {
    const value = parse(
      '{"__proto__":9007199254740993,"b":{"__proto__":[9007199254740993]}}',
    ) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value)[0]).toStrictEqual(["__proto__", 9007199254740993n]);
  });

  test("are found at any depth", () => {
    const depth = 100_000;
    let value = parse(`${"[".repeat(depth)}9007199254740993${"]".repeat(depth)}`);
    for (let i = 0; i < depth; i++) value = (value as unknown[])[0];
    expect(value).toBe(9007199254740993n);
  });

  test("a syntax error speaks of the text as it is", () => {
    const text = '{"a":9007199254740993,}';
    const messageOf = (read: () => unknown): string => {
      try {
        read();
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(messageOf(() => parse(text))).toBe(messageOf(() => JSON.parse(text)));
    expect(messageOf(() => parse(text))).not.toBe("");
  });

  test("an error of the reviver passes", () => {
    const failing = (): never => {
      throw new RangeError("mine");
    };
    expect(() => parseExact("[9007199254740993]", BigInt, failing)).toThrow(new RangeError("mine"));
  });
});

describe("properties", () => {
  const tokens = [
    ...'{}[],:"\\ -+.eE01a\n',
    "\\u0001",
    "\u0001",
    '\\"',
    "12345678901234567",
    "9007199254740993",
    "-98765432109876543210",
    '"k":',
    "true",
  ];
  /** The same value with its bigints as the numbers that JSON.parse makes. */
  const rounded = (value: unknown): unknown => {
    if (typeof value === "bigint") return Number(value);
    if (Array.isArray(value)) return value.map(rounded);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]));
  };
  const attempt = (read: () => unknown): { value: unknown } | "refused" => {
    try {
      return { value: read() };
    } catch {
      return "refused";
    }
  };

  test("accepts what JSON.parse accepts, and differs in integers only", () => {
    const text = fc
      .array(fc.constantFrom(...tokens), { maxLength: 12 })
      .map((parts) => parts.join(""));
    const framed = text.chain((inner) =>
      fc.constantFrom(inner, `[${inner}]`, `{"a":${inner}}`, `["${inner}"]`),
    );
    fc.assert(
      fc.property(framed, (json) => {
        const ours = attempt(() => rounded(parse(json)));
        expect(ours).toStrictEqual(attempt(() => JSON.parse(json)));
      }),
      { ...property, numRuns: property.numRuns * 20 },
    );
  });

  test("gives every integer exactly", () => {
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc
          .bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
          .filter((n) => n > 2n ** 53n || n < -(2n ** 53n)),
        fc.string({ unit: fc.constantFrom("\u0001", '"', "\\", "9", "é", "😀") }),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: fc.constantFrom("\u0001", '"', "9") }), tie("tree"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    }));
    const write = (value: unknown): string => {
      if (typeof value === "bigint") return String(value);
      if (Array.isArray(value)) return `[${value.map(write).join(" , ")}]`;
      if (typeof value !== "object" || value === null) return JSON.stringify(value);
      const entries = Object.entries(value);
      return `{${entries.map(([key, item]) => `${JSON.stringify(key)} :${write(item)}`).join(",")}}`;
    };
    const exact = (value: unknown): unknown => {
      // A double of 16 digits and more without a fraction is an integer in JSON.
      if (
        typeof value === "number" &&
        !Number.isSafeInteger(value) &&
        /^-?\d+$/.test(String(value))
      ) {
        return BigInt(String(value));
      }
      if (Array.isArray(value)) return value.map(exact);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item)]));
    };
    fc.assert(
      fc.property(tree, (value) => {
        expect(parse(write(value))).toStrictEqual(exact(value));
      }),
      property,
    );
  });
});
