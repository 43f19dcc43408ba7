import { type ByteRange, NthrecError } from "@nthrec/core";

/**
 * A course over where chunks lie: it asks with the number of a record, and is answered where the chunk of that record is.
 *
 * A record's position is where its chunk begins plus its number in the chunk. Chunks are longer than they have records, so
 * that positions rise (formats/arrayrecord.md 2.5).
 */
export type PositionCourse<R> = Generator<number, R, ByteRange>;

/** The position of record `index`. */
export function* positionOf(index: number): PositionCourse<number> {
  const { start } = yield index;
  return start + index - (yield* firstFrom(start, 0, index));
}

/** The number of the first record at `position` or behind it; `length`, how many there are, behind the last one. */
export function* seek(position: number, length: number): PositionCourse<number> {
  if (!Number.isInteger(position)) throw new TypeError(`a position is an integer, not ${position}`);
  if (position < 0) {
    throw new NthrecError("NTH_OUT_OF_RANGE", `no record is at byte ${position}: pass 0 or more`);
  }
  const behind = yield* firstFrom(position + 1, 0, length);
  if (behind === 0) return 0;
  const { start } = yield behind - 1;
  const first = yield* firstFrom(start, 0, behind - 1);
  return Math.min(behind, first + position - start);
}

/** The first of the records `[low, high]` whose chunk begins at `position` or behind it, if not `high`. */
function* firstFrom(position: number, low: number, high: number): PositionCourse<number> {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const { start } = yield middle;
    if (start < position) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Goes through a course, and waits where it asks. */
export async function goSoon<R>(
  course: PositionCourse<R>,
  locate: (index: number) => Promise<ByteRange>,
): Promise<R> {
  let step = course.next();
  while (step.done !== true) step = course.next(await locate(step.value));
  return step.value;
}

/** {@link goSoon}, before it returns. */
export function goNow<R>(course: PositionCourse<R>, locate: (index: number) => ByteRange): R {
  let step = course.next();
  while (step.done !== true) step = course.next(locate(step.value));
  return step.value;
}
