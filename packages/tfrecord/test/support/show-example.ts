import { decodeExample, type Feature } from "../../src/index.ts";

/** A feature as a test shows it: its kind, and its values if it has a kind. */
export function showFeature(feature: Feature): unknown {
  switch (feature.kind) {
    case "bytes":
      return { bytes: feature.bytes().map((each) => Buffer.from(each).toString("latin1")) };
    case "float":
      return { floats: [...feature.floats()] };
    case "int64":
      return { int64s: [...feature.bigints()].map(String) };
    case "none":
      return { none: true };
  }
}

/** All of an Example, every value of it decoded. */
export function showExample(record: Uint8Array): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(decodeExample(record), ([name, feature]) => [name, showFeature(feature)]),
  );
}
