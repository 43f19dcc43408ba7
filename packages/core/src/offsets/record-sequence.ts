/** The record numbers `start, start + step, …`, `count` of them. */
export interface RecordSequence {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** Whether these are all records, however many they turn out to be. */
  readonly all?: boolean | undefined;
}

/**
 * The part of a sequence that `[start:end:step]` means: as `Array.prototype.slice` for a positive step, and as
 * Python's slices for a negative one (`start` defaults to the last record, `end` to before the first).
 *
 * @throws {@link TypeError} for a step of 0 and for numbers that are no integers
 */
export function cut(
  whole: RecordSequence,
  start: number | undefined,
  end: number | undefined,
  step: number,
): RecordSequence {
  for (const value of [start, end, step]) {
    if (
      value !== undefined &&
      !Number.isInteger(value) &&
      Math.abs(value) !== Number.POSITIVE_INFINITY
    ) {
      throw new TypeError(`a slice takes integers, not ${String(value)}`);
    }
  }
  if (step === 0 || !Number.isInteger(step))
    throw new TypeError("a slice's step is an integer and not 0");
  const length = whole.count;
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const from = start === undefined ? (step > 0 ? low : high) : clamp(start, length, low, high);
  const to = end === undefined ? (step > 0 ? high : low) : clamp(end, length, low, high);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return { start: whole.start + from * whole.step, step: step * whole.step, count };
}

/** The part of a sequence of record numbers that a file of `length` records has, from the front. */
export function within(sequence: RecordSequence, length: number): RecordSequence {
  const { start, step, count, all } = sequence;
  // Numbers below 0 are in no sequence; those too high are at its end, or, where it falls, at its beginning.
  const most = step > 0 ? Math.ceil((length - start) / step) : count;
  const skip = step > 0 ? 0 : Math.max(0, Math.ceil((start - (length - 1)) / -step));
  const from = Math.min(skip, count);
  return {
    start: start + from * step,
    step,
    count: Math.max(0, Math.min(count, most) - from),
    all,
  };
}

function clamp(value: number, length: number, low: number, high: number): number {
  const absolute = value < 0 ? value + length : value;
  return Math.min(high, Math.max(low, absolute));
}
