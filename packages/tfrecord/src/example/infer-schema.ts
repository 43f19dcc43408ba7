import { isUtf8, NthrecError } from "@nthrec/core";
import { decodeExample } from "./example.ts";
import type { Feature, FeatureKind } from "./feature.ts";
import type { FeatureSpec, FeatureSpecs } from "./schema.ts";

/** What a feature was in the records that were looked at. */
export interface FeatureSummary {
  /** Records in which it has values of each kind; `none` are those in which it is there and has no kind. */
  readonly kinds: Readonly<Record<FeatureKind, number>>;
  /** Records in which it is not there at all. */
  readonly missing: number;
  /** The fewest and the most values that it has, where it has a kind. */
  readonly least: number;
  readonly most: number;
  /** Whether all its values of bytes are UTF-8; `true` where it has none. */
  readonly text: boolean;
}

/** What Examples have in common. */
export interface InferredSchema {
  /** Records that were looked at. */
  readonly records: number;
  /** Their features by name, in the order in which they were met. */
  readonly features: ReadonlyMap<string, FeatureSummary>;
  /**
   * The narrowest specs that all these records keep, for `exampleSchema`: bytes as `"bytes"`, integers as `"int64"`.
   *
   * @throws {@link NthrecError} `NTH_DECODE_ERROR` for a feature that is of several kinds, or of none
   */
  specs(): FeatureSpecs;
}

/**
 * Looks at Examples and tells which features they have: kinds, numbers of values, and how often they are missing.
 *
 * @throws {@link NthrecError} `NTH_DECODE_ERROR` for a record that is no Example
 */
export async function inferExampleSchema(
  records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<InferredSchema> {
  const tallies = new Map<string, Tally>();
  let count = 0;
  for await (const record of records) {
    count++;
    for (const [name, feature] of decodeExample(record)) {
      let tally = tallies.get(name);
      if (tally === undefined) {
        tally = new Tally();
        tallies.set(name, tally);
      }
      tally.add(feature);
    }
  }
  const features = new Map(
    Array.from(tallies, ([name, tally]) => [name, tally.summary(count)] as const),
  );
  return { records: count, features, specs: () => specsOf(features) };
}

class Tally {
  readonly #kinds = { bytes: 0, float: 0, int64: 0, none: 0 };
  #least: number = Number.POSITIVE_INFINITY;
  #most = 0;
  #text = true;

  add(feature: Feature): void {
    this.#kinds[feature.kind]++;
    if (feature.kind === "none") return;
    const { length } = feature;
    this.#least = Math.min(this.#least, length);
    this.#most = Math.max(this.#most, length);
    if (feature.kind === "bytes" && this.#text) {
      this.#text = feature.bytes().every((value) => isUtf8(value));
    }
  }

  summary(records: number): FeatureSummary {
    const { bytes, float, int64, none } = this.#kinds;
    return {
      kinds: { ...this.#kinds },
      missing: records - bytes - float - int64 - none,
      least: this.#most === 0 && this.#least > 0 ? 0 : this.#least,
      most: this.#most,
      text: this.#text,
    };
  }
}

function specsOf(features: ReadonlyMap<string, FeatureSummary>): FeatureSpecs {
  return Object.fromEntries(Array.from(features, ([name, each]) => [name, specOf(name, each)]));
}

function specOf(name: string, { kinds, missing, least, most }: FeatureSummary): FeatureSpec {
  const found = (["bytes", "float", "int64"] as const).filter((kind) => kinds[kind] > 0);
  const [kind, ...others] = found;
  if (kind === undefined || others.length > 0) {
    const what = kind === undefined ? "no kind in any record" : `values of ${found.join(" and ")}`;
    throw new NthrecError("NTH_DECODE_ERROR", `feature ${JSON.stringify(name)} has ${what}`);
  }
  const size = least !== most ? undefined : least === 1 ? "one" : least;
  return { kind, size, optional: missing + kinds.none > 0 };
}
