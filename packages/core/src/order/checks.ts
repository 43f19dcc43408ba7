/** Refuses what is no whole number of `[lowest, highest]`. @throws {@link TypeError} */
export function checkWhole(value: number, what: string, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new TypeError(
    `${what} is a whole number from ${lowest} to ${highest}, not ${String(value)}`,
  );
}

/** Refuses a length that is no number of records. @throws {@link TypeError} */
export function checkLength(length: number): number {
  return checkWhole(length, "a number of records", 0, Number.MAX_SAFE_INTEGER);
}
