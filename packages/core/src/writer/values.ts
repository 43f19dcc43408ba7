import { kindOf } from "../resolve/resolve.ts";

/**
 * What can be gone through of the values that a caller passed: a web stream is made iterable where the browser does not do it.
 *
 * @throws {@link TypeError} for one text, whose letters hardly are the records, and for what holds no values
 */
export function valuesOf<T>(
  values: Iterable<T> | AsyncIterable<T> | ReadableStream<T>,
): Iterable<T> | AsyncIterable<T> {
  if (typeof values === "object" && values !== null) {
    if (Symbol.iterator in values || Symbol.asyncIterator in values) return values;
    if ("getReader" in values) return drain(values);
  }
  throw notValues(values, "an iterable, an async iterable or a stream");
}

/** {@link valuesOf}, for a verb that cannot wait. @throws {@link TypeError} */
export function valuesNow<T>(values: Iterable<T>): Iterable<T> {
  if (typeof values === "object" && values !== null && Symbol.iterator in values) return values;
  throw notValues(values, "an iterable");
}

function notValues(values: unknown, expected: string): TypeError {
  const given = typeof values === "string" ? "a string" : kindOf(values);
  return new TypeError(`extend takes many values, ${expected}, not ${given}: append takes one`);
}

async function* drain<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
