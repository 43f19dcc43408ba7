import { NthrecError } from "@nthrec/core";
import { encodeExample } from "./encode.ts";
import { decodeExample } from "./example.ts";
import type { Feature } from "./feature.ts";
import type { FeatureValue } from "./feature-value.ts";

/** How one feature looks in TypeScript, and in the record. */
interface Columns {
  bytes: { one: Uint8Array; many: Uint8Array[] };
  text: { one: string; many: string[] };
  float: { one: number; many: Float32Array };
  int64: { one: bigint; many: BigInt64Array };
  integer: { one: number; many: number[] };
}

/** What a feature must be. */
export interface FeatureSpec {
  /**
   * `"bytes"`; `"text"`, bytes as UTF-8; `"float"`; `"int64"`, integers as bigints; `"integer"`, the same as numbers,
   * within ±(2^53 - 1).
   */
  readonly kind: keyof Columns;
  /** How many values there must be; `"one"` gives the value itself, not a list. @default any number */
  readonly size?: number | "one" | undefined;
  /** Whether it may be missing, which a feature without a kind is, too. @default false */
  readonly optional?: boolean | undefined;
}

/** Features by name, as they must be. */
export type FeatureSpecs = Readonly<Record<string, FeatureSpec>>;

type Column<S extends FeatureSpec> = S["size"] extends "one"
  ? Columns[S["kind"]]["one"]
  : Columns[S["kind"]]["many"];

/** What a record with these features is in TypeScript. */
export type ExampleOf<F extends FeatureSpecs> = {
  [N in keyof F as F[N]["optional"] extends true ? never : N]: Column<F[N]>;
} & {
  [N in keyof F as F[N]["optional"] extends true ? N : never]?: Column<F[N]> | undefined;
};

/** Reads and writes Examples of one shape. */
export interface ExampleSchema<F extends FeatureSpecs> {
  readonly features: F;
  /**
   * Reads a record; features that the schema does not name are passed over.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR`: a feature is missing, of another kind or size
   */
  decode(record: Uint8Array): ExampleOf<F>;
  /**
   * Writes a record.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE`: the same, or a name that the schema does not have
   */
  encode(example: ExampleOf<F>): Uint8Array;
}

/** Makes a schema; the type of its records follows from it. */
export function exampleSchema<const F extends FeatureSpecs>(features: F): ExampleSchema<F> {
  return {
    features,
    decode: (record) => decodeWith(features, record) as ExampleOf<F>,
    encode: (example) => encodeWith(features, example as Readonly<Record<string, unknown>>),
  };
}

function decodeWith(specs: FeatureSpecs, record: Uint8Array): Record<string, unknown> {
  const example = decodeExample(record);
  const row: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const feature = example.feature(name);
    if (feature === undefined || feature.kind === "none") {
      if (spec.optional === true) continue;
      throw wrong("NTH_DECODE_ERROR", name, feature ? "has no kind" : "is missing");
    }
    const kind = KINDS[spec.kind];
    if (feature.kind !== kind) {
      throw wrong("NTH_DECODE_ERROR", name, `holds ${feature.kind} values, not ${kind}`);
    }
    const many = READ[spec.kind](feature);
    checkSize("NTH_DECODE_ERROR", name, spec, many.length);
    row[name] = spec.size === "one" ? many[0] : many;
  }
  return row;
}

function encodeWith(specs: FeatureSpecs, example: Readonly<Record<string, unknown>>): Uint8Array {
  for (const name of Object.keys(example)) {
    if (!Object.hasOwn(specs, name)) throw wrong("NTH_INVALID_VALUE", name, "is not in the schema");
  }
  const features = new Map<string, FeatureValue>();
  for (const [name, spec] of Object.entries(specs)) {
    const value = example[name];
    if (value === undefined) {
      if (spec.optional === true) continue;
      throw wrong("NTH_INVALID_VALUE", name, "is missing");
    }
    const many = spec.size === "one" ? [value] : value;
    if (!Array.isArray(many) && !ArrayBuffer.isView(many)) {
      throw wrong("NTH_INVALID_VALUE", name, "is no list");
    }
    checkSize("NTH_INVALID_VALUE", name, spec, (many as unknown[]).length);
    features.set(name, WRITE[KINDS[spec.kind]](many));
  }
  return encodeExample(features);
}

const KINDS = {
  bytes: "bytes",
  text: "bytes",
  float: "float",
  int64: "int64",
  integer: "int64",
} as const;

const READ: Record<keyof Columns, (feature: Feature) => ArrayLike<unknown>> = {
  bytes: (feature) => feature.bytes(),
  text: (feature) => feature.text(),
  float: (feature) => feature.floats(),
  int64: (feature) => feature.bigints(),
  integer: (feature) => feature.integers(),
};

const WRITE: Record<"bytes" | "float" | "int64", (values: unknown) => FeatureValue> = {
  bytes: (values) => ({ bytes: values as Uint8Array[] }),
  float: (values) => ({ floats: values as number[] }),
  int64: (values) => ({ int64s: values as bigint[] }),
};

function checkSize(
  code: "NTH_DECODE_ERROR" | "NTH_INVALID_VALUE",
  name: string,
  { size }: FeatureSpec,
  found: number,
): void {
  const wanted = size === "one" ? 1 : size;
  if (wanted !== undefined && found !== wanted) {
    throw wrong(code, name, `has ${found} values, not ${wanted}`);
  }
}

function wrong(
  code: "NTH_DECODE_ERROR" | "NTH_INVALID_VALUE",
  name: string,
  what: string,
): NthrecError {
  return new NthrecError(code, `feature ${JSON.stringify(name)} ${what}`);
}
