import type { OffsetTable } from "@nthrec/core";

/**
 * Records of one chunk have positions that follow each other: where it begins, and one more for each. So `position - number` is
 * the same for all of them, and rises from chunk to chunk.
 */
function keyOf(offsets: OffsetTable, index: number): number {
  return offsets.at(index) - index;
}

/** The number of the first record of the run that `index` is in. */
export function runStart(offsets: OffsetTable, index: number): number {
  const key = keyOf(offsets, index);
  let low = 0;
  let high = index;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(offsets, middle) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number of the first record behind the run that `index` is in. */
export function runEnd(offsets: OffsetTable, index: number): number {
  const key = keyOf(offsets, index);
  let low = index + 1;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(offsets, middle) > key) high = middle;
    else low = middle + 1;
  }
  return low;
}
