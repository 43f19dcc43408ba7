/** Values in arrays as deep as there are sizes; the last dimension runs fastest. One value for no size. */
export function nested(values: readonly unknown[], sizes: readonly number[]): unknown {
  const [size, ...rest] = sizes;
  if (size === undefined) return values[0];
  if (rest.length === 0) return values;
  const width = rest.reduce((product, each) => product * each, 1);
  return Array.from({ length: size }, (_, i) =>
    nested(values.slice(i * width, (i + 1) * width), rest),
  );
}

/** The sizes that {@link nested} was given; `undefined` where arrays of one level differ in theirs. */
export function sizesOf(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return [];
  const [first, ...others] = value.map(sizesOf);
  if (first === undefined) return value.length === 0 ? [0] : undefined;
  const same = others.every((sizes) => sizes !== undefined && String(sizes) === String(first));
  return same ? [value.length, ...first] : undefined;
}

/** The values in one array, in order. */
export function flat(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flatMap(flat) : [value];
}
