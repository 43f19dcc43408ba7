import { isNthrecError, isUtf8, NthrecError } from "@nthrec/core";
import { decodeExample, encodeExample, type Feature, type FeatureInput } from "@nthrec/tfrecord";
import { fromJson } from "../output/json.ts";

/**
 * A record as JSON: an Example as an object with an array for each feature, anything else as `{"$bytes": base64}`.
 * Arrays say their kind by their values: text or byte strings; numbers of which one has a fraction are floats, other
 * numbers are int64. Where that would mislead, `{"$floats": […]}`, `{"$int64s": []}` or `{"$byteStrings": []}` says it.
 */
export function exampleToJson(record: Uint8Array): unknown {
  const features = featuresOf(record);
  if (features === undefined) return record;
  return Object.fromEntries(features.map(([name, feature]) => [name, featureToJson(feature)]));
}

/** The record that {@link exampleToJson} stood for. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function exampleFromJson(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      "an Example is a JSON object with an array for each feature",
    );
  }
  const features = Object.entries(value).map(
    ([name, each]) => [name, featureFromJson(each, name)] as const,
  );
  return encodeExample(new Map(features));
}

/** The features of a record, `undefined` where it is no Example, or says nothing. */
export function featuresOf(record: Uint8Array): (readonly [string, Feature])[] | undefined {
  if (record.length === 0) return undefined;
  try {
    const example = decodeExample(record, { check: true });
    return example.size === 0 ? undefined : [...example];
  } catch (error) {
    if (isNthrecError(error, "NTH_DECODE_ERROR")) return undefined;
    throw error;
  }
}

function featureToJson(feature: Feature): unknown {
  switch (feature.kind) {
    case "none":
      return null;
    case "bytes": {
      const values = feature.bytes();
      return values.length === 0 ? { $byteStrings: [] } : values.map(textOrBytes);
    }
    case "float": {
      const values = Array.from(feature.floats());
      return values.some((value) => Number.isFinite(value) && !Number.isInteger(value))
        ? values
        : { $floats: values };
    }
    case "int64": {
      const values = Array.from(feature.bigints());
      return values.length === 0 ? { $int64s: [] } : values;
    }
  }
}

/** Text that a terminal can show, else the bytes. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  const plain = isUtf8(bytes) && bytes.every((byte) => byte >= 0x20 || byte === 9 || byte === 10);
  return plain ? Buffer.from(bytes).toString("utf8") : bytes;
}

function featureFromJson(value: unknown, name: string): FeatureInput {
  if (value === null) return { none: true };
  if (Array.isArray(value)) return listFromJson(value, name);
  if (typeof value === "object") {
    const { $floats, $int64s, $byteStrings } = value as Record<string, unknown>;
    if (Array.isArray($floats))
      return { floats: $floats.map((each) => numberOf(fromJson(each), name)) };
    if (Array.isArray($int64s)) return { int64s: $int64s as number[] };
    if (Array.isArray($byteStrings)) return { bytes: $byteStrings as string[] };
  }
  // A single value is a list of one.
  return listFromJson([value], name);
}

function listFromJson(values: readonly unknown[], name: string): FeatureInput {
  const plain = values.map((each) => fromJson(each));
  if (plain.length === 0) return { none: true };
  if (plain.every((each) => typeof each === "string" || each instanceof Uint8Array)) {
    return { bytes: plain as (string | Uint8Array)[] };
  }
  if (plain.every((each) => typeof each === "boolean")) return { int64s: plain.map(Number) };
  if (plain.every((each) => typeof each === "bigint" || Number.isInteger(each))) {
    return { int64s: plain as (number | bigint)[] };
  }
  return { floats: plain.map((each) => numberOf(each, name)) };
}

function numberOf(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `feature ${JSON.stringify(name)} holds ${JSON.stringify(value)} among numbers: a feature has values of one kind`,
  );
}
