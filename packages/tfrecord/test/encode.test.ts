import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeExample,
  decodeSequenceExample,
  encodeExample,
  encodeSequenceExample,
  type FeatureInput,
  type FeatureValue,
  TFRecordReader,
} from "../src/index.ts";
import { featureLists, featureMap } from "./support/arbitrary-example.ts";
import { ProtoExample, ProtoSequenceExample } from "./support/protobuf.ts";
import { property } from "./support/seed.ts";
import { showExample, showFeature } from "./support/show-example.ts";
import { bytesNamed } from "./support/vectors.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** What {@link showFeature} shows of a value that was written. */
function shown(value: FeatureValue): unknown {
  if ("bytes" in value) {
    return {
      bytes: Array.from(value.bytes, (each) => Buffer.from(each as Uint8Array).toString("latin1")),
    };
  }
  if ("floats" in value) return { floats: Array.from(value.floats, Math.fround) };
  return "int64s" in value ? { int64s: Array.from(value.int64s, String) } : value;
}

/** A value as protobufjs takes it. */
function proto(value: FeatureValue): object {
  if ("bytes" in value) return { bytesList: { value: value.bytes } };
  if ("floats" in value) return { floatList: { value: value.floats } };
  return "int64s" in value ? { int64List: { value: Array.from(value.int64s, String) } } : {};
}

/** The record that TensorFlow wrote, as input for our encoder. */
function inputs(record: Uint8Array): Map<string, FeatureValue> {
  const value = (name: string): FeatureValue => {
    const feature = decodeExample(record).feature(name);
    if (feature?.kind === "bytes") return { bytes: feature.bytes() };
    if (feature?.kind === "float") return { floats: feature.floats() };
    return feature?.kind === "int64" ? { int64s: feature.bigints() } : { none: true };
  };
  return new Map(
    decodeExample(record)
      .names()
      .map((name) => [name, value(name)]),
  );
}

describe("encodeExample", () => {
  test("is read back, and by protobufjs", () => {
    fc.assert(
      fc.property(featureMap, (features) => {
        const record = encodeExample(features);
        const expected = new Map([...features].map(([name, value]) => [name, shown(value)]));
        const found = Array.from(
          decodeExample(record),
          ([name, each]) => [name, showFeature(each)] as const,
        );
        expect(new Map(found)).toStrictEqual(expected);
        const theirs = ProtoExample.toObject(ProtoExample.decode(record), { longs: String });
        const { feature = {} } = (theirs["features"] ?? {}) as { feature?: Record<string, never> };
        const names = [...features.keys()].sort();
        expect(Object.keys(feature).sort()).toStrictEqual(names);
      }),
      property,
    );
  });

  test("gives the bytes of protobufjs for features in the order of their names", () => {
    fc.assert(
      fc.property(featureMap, (features) => {
        fc.pre(!features.has("__proto__"));
        // It has no exact integers of 64 bits here.
        for (const value of features.values())
          fc.pre(
            !("int64s" in value) || Array.from(value.int64s, Number).every(Number.isSafeInteger),
          );
        const bytewise = ([a]: [string, unknown], [b]: [string, unknown]): number => {
          const both = Math.min(Buffer.byteLength(a), Buffer.byteLength(b));
          const [x, y] = [Buffer.from(a), Buffer.from(b)];
          return x.compare(y, 0, both, 0, both) || y.length - x.length;
        };
        const sorted = [...features].sort(bytewise);
        // Names that look like numbers come first in any object.
        fc.pre(sorted.every(([name]) => !/^\d+$/.test(name)));
        const feature = Object.fromEntries(sorted.map(([name, value]) => [name, proto(value)]));
        const message = ProtoExample.fromObject({ features: { feature } });
        expect(hex(encodeExample(features))).toBe(hex(ProtoExample.encode(message).finish()));
      }),
      property,
    );
  });

  test("does not depend on the order of the features", () => {
    fc.assert(
      fc.property(featureMap, (features) => {
        const reversed = new Map([...features].reverse());
        expect(hex(encodeExample(reversed))).toBe(hex(encodeExample(features)));
      }),
      property,
    );
  });

  test("keeps what TensorFlow wrote, in bytes of the same number", () => {
    const names = [
      "example_kinds",
      "keyed_bytes",
      "keyed_float",
      "keyed_int",
      "keyed_missing",
      "keyed_nonutf8",
    ];
    for (const name of names) {
      using reader = TFRecordReader.openSync(bytesNamed(`${name}.tfrecord`));
      for (const record of reader) {
        const again = encodeExample(inputs(record));
        expect(showExample(again)).toStrictEqual(showExample(record));
        // A record of no bytes has no features, not even none of them.
        expect(again.length).toBe(record.length === 0 ? 2 : record.length);
        if (decodeExample(record).size === 1) expect(hex(again)).toBe(hex(record));
      }
    }
  });

  test("takes what says its kind without more words", () => {
    const record = encodeExample({
      text: "é",
      texts: ["a", Uint8Array.of(0xff)],
      bytes: Uint8Array.of(1, 2),
      float: Float32Array.of(1.5),
      big: -5n,
      bigs: [1n, 2n],
      int64: BigInt64Array.of(3n),
      numbers: { int64s: [4, 5n] },
    });
    expect(showExample(record)).toStrictEqual({
      text: { bytes: ["\u00c3\u00a9"] },
      texts: { bytes: ["a", "\u00ff"] },
      bytes: { bytes: ["\u0001\u0002"] },
      float: { floats: [1.5] },
      big: { int64s: ["-5"] },
      bigs: { int64s: ["1", "2"] },
      int64: { int64s: ["3"] },
      numbers: { int64s: ["4", "5"] },
    });
    expect(decodeExample(record).names()).toStrictEqual([
      "bigs",
      "big",
      "bytes",
      "float",
      "int64",
      "numbers",
      "texts",
      "text",
    ]);
  });

  test.each([
    [5, /a feature is/],
    [[1, 2], /a feature is/],
    [[], /a feature is/],
    [["a", 1], /a feature is/],
    [null, /a feature is/],
    [undefined, /a feature is/],
    [new Float64Array(1), /a feature is/],
    [{ bytes: [], floats: [] }, /a feature is/],
    [{ bytes: "abc" }, /not text/],
    [{ bytes: ["\ud800"] }, /value 0 is neither/],
    [{ bytes: ["a", 1] }, /value 1 is neither/],
    [{ floats: ["1"] }, /value 0 is no number/],
    [{ int64s: [1, 1.5] }, /value 1, 1.5, is no integer/],
    [{ int64s: [2 ** 53] }, /no integer of 64 bits/],
    [{ int64s: [2n ** 63n] }, /no integer of 64 bits/],
    [{ int64s: ["1"] }, /no integer of 64 bits/],
  ])("refuses what is nothing to be written, case %#", (value, message) => {
    const expected = { code: "NTH_INVALID_VALUE", message: expect.stringMatching(message) };
    expect(() => encodeExample({ good: "x", bad: value as FeatureInput })).toThrow(
      expect.objectContaining(expected),
    );
    expect(() => encodeExample({ bad: value as FeatureInput })).toThrow(/feature "bad"/);
  });

  test("refuses a name that has no UTF-8, and passes on what is not its own error", () => {
    expect(() => encodeExample({ "\ud800": "x" })).toThrow(
      expect.objectContaining({ code: "NTH_INVALID_VALUE" }),
    );
    const broken = {
      *[Symbol.iterator](): Generator<bigint> {
        throw new RangeError("mine");
      },
    };
    expect(() => encodeExample({ a: { int64s: broken } })).toThrow(RangeError);
  });

  test("holds long values", () => {
    const long = new Uint8Array(3_000_000).fill(7);
    const record = encodeExample({ long, after: "x", before: "y" });
    expect(decodeExample(record).feature("long")?.bytes()[0]?.length).toBe(long.length);
    expect(decodeExample(record).feature("after")?.text()).toStrictEqual(["x"]);
  });
});

describe("encodeSequenceExample", () => {
  test("is read back", () => {
    fc.assert(
      fc.property(featureMap, featureLists, (context, lists) => {
        const record = encodeSequenceExample({ context, lists });
        const found = decodeSequenceExample(record);
        const left = Array.from(
          found.context,
          ([name, each]) => [name, showFeature(each)] as const,
        );
        expect(new Map(left)).toStrictEqual(
          new Map([...context].map(([name, value]) => [name, shown(value)])),
        );
        const right = Array.from(
          found.lists,
          ([name, list]) => [name, list.map(showFeature)] as const,
        );
        expect(new Map(right)).toStrictEqual(
          new Map([...lists].map(([name, list]) => [name, list.map(shown)])),
        );
        ProtoSequenceExample.decode(record);
      }),
      property,
    );
  });

  test("keeps what TensorFlow wrote", () => {
    using reader = TFRecordReader.openSync(bytesNamed("sequence_example.tfrecord"));
    for (const record of reader) {
      const { context, lists } = decodeSequenceExample(record);
      const steps = Array.from(
        lists,
        ([name, list]) => [name, list.map((each) => ({ int64s: each.bigints() }))] as const,
      );
      const again = encodeSequenceExample({ context: inputs(record), lists: new Map(steps) });
      expect(showExample(again)).toStrictEqual(showExample(record));
      expect(context.size).toBeGreaterThan(0);
      expect(again.length).toBe(record.length);
    }
  });

  test("leaves out what is not given", () => {
    expect(hex(encodeSequenceExample({}))).toBe("");
    expect(hex(encodeSequenceExample({ context: {} }))).toBe("0a00");
    expect(hex(encodeSequenceExample({ lists: {} }))).toBe("1200");
    expect(hex(encodeExample({}))).toBe("0a00");
  });
});

test("any change of any Example is read or refused with a code", () => {
  const change = fc.tuple(fc.nat(), fc.nat(255), fc.nat(3));
  fc.assert(
    fc.property(
      featureMap,
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (features, changes) => {
        let record = [...encodeExample(features)];
        for (const [place, byte, how] of changes) {
          const at = place % (record.length + 1);
          if (how === 0) record.splice(at, 1);
          else if (how === 1) record.splice(at, 0, byte);
          else if (how === 2) record = record.slice(0, at);
          else record[at] = byte;
        }
        try {
          for (const each of Object.values(showExample(Uint8Array.from(record)))) {
            expect(each).toBeDefined();
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "NTH_DECODE_ERROR" });
        }
      },
    ),
    { ...property, numRuns: property.numRuns * 5 },
  );
});
