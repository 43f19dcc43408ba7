/** Up to here a number that holds record and position is taken apart exactly by a division. */
const LARGEST_KEY = 2 ** 51;
/** Record numbers per index up to which counting is faster than sorting. */
const DENSE = 16;

/** Positions of `indices` in rising order of record number, equal ones in theirs. */
export function fileOrder(indices: readonly number[]): Uint32Array {
  const count = indices.length;
  let rising = true;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    if (index < highest) rising = false;
    else highest = index;
    if (index < lowest) lowest = index;
  }
  if (rising) return positions(count);
  const span = highest - lowest + 1;
  if (span <= DENSE * count) return counted(indices, lowest, span);
  if (span * count <= LARGEST_KEY) return sorted(indices, lowest);
  return positions(count).sort((a, b) => (indices[a] as number) - (indices[b] as number) || a - b);
}

function positions(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  return order;
}

function counted(indices: readonly number[], lowest: number, span: number): Uint32Array {
  const next = new Uint32Array(span + 1);
  for (let i = 0; i < indices.length; i++) {
    const slot = (indices[i] as number) - lowest + 1;
    next[slot] = (next[slot] as number) + 1;
  }
  for (let slot = 1; slot < span; slot++) {
    next[slot] = (next[slot] as number) + (next[slot - 1] as number);
  }
  const order = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const slot = (indices[i] as number) - lowest;
    const at = next[slot] as number;
    next[slot] = at + 1;
    order[at] = i;
  }
  return order;
}

/** One number holds record and position, so that sorting needs no comparison function. */
function sorted(indices: readonly number[], lowest: number): Uint32Array {
  const count = indices.length;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = ((indices[i] as number) - lowest) * count + i;
  keys.sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number;
    // Half the time of `%`, which calls a function of the C library for such large numbers.
    order[i] = key - Math.floor(key / count) * count;
  }
  return order;
}
