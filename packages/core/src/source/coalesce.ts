/** How far ranges may lie apart and how large a group may get. */
export interface CoalesceOptions {
  /** Bytes between two ranges that are read along rather than skipped. */
  readonly gap: number;
  /** Bytes of a group; only a single range that is larger exceeds it. */
  readonly maxBytes: number;
}

/**
 * Groups of neighbouring ranges, in file order, without an object per range.
 *
 * Group `g` covers the bytes `[starts[g], ends[g])`; its members are the ranges
 * `order[firsts[g]] … order[firsts[g + 1] - 1]`, by rising start, then by rising number.
 */
export interface RangeGroups {
  readonly count: number;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** One more than there are groups. */
  readonly firsts: Uint32Array;
  /** The numbers of the ranges. */
  readonly order: Uint32Array;
}

/**
 * Groups the ranges `[starts[i], ends[i])` so that neighbours are read in one go.
 *
 * Equal and overlapping ranges share their bytes. Every range lies whole within its group.
 */
export function coalesce(
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
  options: CoalesceOptions,
): RangeGroups {
  const { gap, maxBytes } = options;
  if (starts.length !== ends.length) throw new TypeError("each range needs a start and an end");
  if (!(gap >= 0)) throw new TypeError(`gap must be 0 or more, not ${gap}`);
  if (!(maxBytes > 0)) throw new TypeError(`maxBytes must be more than 0, not ${maxBytes}`);

  const order = orderByStart(starts);
  const groupStarts = new Float64Array(order.length);
  const groupEnds = new Float64Array(order.length);
  const firsts = new Uint32Array(order.length + 1);
  let count = 0;
  let groupStart = 0;
  let groupEnd = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k] as number;
    const start = starts[i] as number;
    const end = ends[i] as number;
    const fits = start - groupEnd <= gap && end - groupStart <= maxBytes;
    if (k > 0 && (fits || end <= groupEnd)) {
      if (end > groupEnd) groupEnd = end;
    } else {
      if (k > 0) groupEnds[count - 1] = groupEnd;
      groupStarts[count] = start;
      firsts[count] = k;
      count++;
      groupStart = start;
      groupEnd = end;
    }
  }
  if (count > 0) groupEnds[count - 1] = groupEnd;
  firsts[count] = order.length;
  return {
    count,
    starts: groupStarts.subarray(0, count),
    ends: groupEnds.subarray(0, count),
    firsts: firsts.subarray(0, count + 1),
    order,
  };
}

/** The numbers of the ranges by rising start, equal ones by rising number. */
function orderByStart(starts: ArrayLike<number>): Uint32Array {
  const n = starts.length;
  const order = new Uint32Array(n);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let previous = Number.NEGATIVE_INFINITY;
  let sorted = true;
  for (let i = 0; i < n; i++) {
    const start = starts[i] as number;
    if (start < previous) sorted = false;
    if (start < low) low = start;
    if (start > high) high = start;
    previous = start;
    order[i] = i;
  }
  if (sorted) return order;
  if ((high - low + 1) * n > Number.MAX_SAFE_INTEGER) {
    return order.sort((a, b) => (starts[a] as number) - (starts[b] as number) || a - b);
  }
  // Start and number in one float: sorting plain numbers costs a quarter of sorting by a function.
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) keys[i] = ((starts[i] as number) - low) * n + i;
  keys.sort();
  for (let k = 0; k < n; k++) {
    const key = keys[k] as number;
    order[k] = key - Math.floor(key / n) * n;
  }
  return order;
}
