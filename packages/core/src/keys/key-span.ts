/** Where in some bytes a key lies. */
export interface KeySpan {
  start: number;
  end: number;
}

/**
 * Whether the record `bytes[start, end)` has exactly one key, of bytes or text, and it lies in the record as `span`
 * then says; `false` also wherever the key function itself should be asked.
 */
export type KeySpanFinder = (
  bytes: Uint8Array,
  start: number,
  end: number,
  span: KeySpan,
) => boolean;

/**
 * A property that the key function of records of bytes may have, a {@link KeySpanFinder}: keys are then found in large
 * pieces of the data, without an object for each record.
 */
export const keySpan: unique symbol = Symbol.for("nthrec.keySpan");

/** The finder of a key function, if it has one. */
export function spanFinderOf(key: unknown): KeySpanFinder | undefined {
  return (key as { readonly [keySpan]?: KeySpanFinder })[keySpan];
}
