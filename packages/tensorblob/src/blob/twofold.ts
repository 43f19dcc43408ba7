/** Something that can be done soon or now: the only difference between a verb and its twin. */
export interface Twofold<T> {
  /** Answers at once where nothing has to be waited for. */
  soon(): T | Promise<T>;
  now(): T;
}

/** A course of twofold actions; each `yield` is resumed with what the action answered. */
export type Course<R> = Generator<Twofold<unknown>, R, unknown>;

/**
 * Goes through a course, waiting where it must.
 *
 * @param waits Called before the first wait, which gives the thread back to the caller.
 */
export async function runSoon<R>(course: Course<R>, waits?: () => void): Promise<R> {
  let step = course.next();
  let hasWaited = false;
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = step.value.soon();
      if (answer instanceof Promise) {
        if (!hasWaited) waits?.();
        hasWaited = true;
        answer = await answer;
      }
    } catch (error) {
      step = course.throw(error);
      continue;
    }
    step = course.next(answer);
  }
  return step.value;
}

/** Goes through a course before it returns. */
export function runNow<R>(course: Course<R>): R {
  let step = course.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = step.value.now();
    } catch (error) {
      step = course.throw(error);
      continue;
    }
    step = course.next(answer);
  }
  return step.value;
}

/** One action of a course, with the type of its answer. */
export function* act<T>(
  soon: () => T | Promise<T>,
  now: () => T,
): Generator<Twofold<unknown>, T, unknown> {
  return (yield { soon, now }) as T;
}
