/**
 * Where a seek leads, as with files: at most to the end, at least to the beginning.
 *
 * @param whence What `offset` is counted from: 0 the beginning, 1 the position, 2 the end.
 * @throws {@link TypeError} for an offset that is no whole number, or another whence
 */
export function soughtPosition(
  offset: number,
  whence: 0 | 1 | 2,
  position: number,
  length: number,
): number {
  if (!Number.isInteger(offset)) throw new TypeError(`${offset} is no place to seek`);
  if (whence !== 0 && whence !== 1 && whence !== 2) {
    throw new TypeError(`whence is 0, 1 or 2, not ${String(whence)}`);
  }
  const base = [0, position, length][whence] as number;
  return Math.min(length, Math.max(0, base + offset));
}
