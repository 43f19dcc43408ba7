/** Values of one kind, as they are given to be written. */
export type FeatureValue =
  | { readonly bytes: Iterable<Uint8Array | string> }
  | { readonly floats: Iterable<number> }
  | { readonly int64s: Iterable<number | bigint> }
  | { readonly none: true };

/**
 * One feature to be written. Bytes, text, floats in a Float32Array and bigints say what they are; numbers could be
 * floats or integers, so they are given as `{ floats }` or `{ int64s }`.
 */
export type FeatureInput =
  | FeatureValue
  | string
  | Uint8Array
  | bigint
  | Float32Array
  | BigInt64Array
  | readonly (string | Uint8Array)[]
  | readonly bigint[];

/** Features to be written, by name. */
export type FeatureInputs =
  | Readonly<Record<string, FeatureInput>>
  | ReadonlyMap<string, FeatureInput>;

/** Lists of features to be written, by name; each list has one feature for each step. */
export type FeatureListInputs =
  | Readonly<Record<string, readonly FeatureInput[]>>
  | ReadonlyMap<string, readonly FeatureInput[]>;

/** The input with its kind spelled out; `undefined` for what is none. */
export function spelledOut(input: FeatureInput): FeatureValue | undefined {
  if (typeof input === "string" || input instanceof Uint8Array) return { bytes: [input] };
  if (typeof input === "bigint") return { int64s: [input] };
  if (input instanceof Float32Array) return { floats: input };
  if (input instanceof BigInt64Array) return { int64s: input };
  if (Array.isArray(input)) return spelledOutList(input);
  if (typeof input !== "object" || input === null || ArrayBuffer.isView(input)) return undefined;
  const kinds = ["bytes", "floats", "int64s", "none"].filter((kind) => kind in input);
  return kinds.length === 1 ? (input as FeatureValue) : undefined;
}

function spelledOutList(list: readonly unknown[]): FeatureValue | undefined {
  if (list.length === 0) return undefined;
  if (list.every((each) => typeof each === "bigint")) return { int64s: list as bigint[] };
  return list.every((each) => typeof each === "string" || each instanceof Uint8Array)
    ? { bytes: list as (string | Uint8Array)[] }
    : undefined;
}
