/** The numbers that a Python slice of `length` elements stands for. @throws {@link TypeError} for a step of 0 */
export function sliceIndices(length: number, start?: number, end?: number, step = 1): number[] {
  for (const each of [start ?? 0, end ?? 0, step]) {
    if (!Number.isInteger(each)) throw new TypeError(`${each} cannot bound a slice`);
  }
  if (step === 0) throw new TypeError("the step of a slice cannot be 0");
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (place: number): number =>
    Math.min(high, Math.max(low, place < 0 ? place + length : place));
  const from = start === undefined ? (step > 0 ? low : high) : clamp(start);
  const to = end === undefined ? (step > 0 ? high : low) : clamp(end);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}
