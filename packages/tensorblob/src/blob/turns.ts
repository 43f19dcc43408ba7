import { NthrecError } from "@nthrec/core";
import { act, type Course } from "./twofold.ts";

/** Courses that must not overlap, each begun when the one called before it is over. */
export class Turns {
  #last: Promise<void> | undefined;

  /** Whether a course is under way or waits. */
  get taken(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Goes through a course in its turn.
   *
   * @param name What the courses change, for the message.
   * @throws {@link NthrecError} `NTH_LOCKED` where the turn would have to be waited for in place
   */
  *take<R>(name: string, course: () => Course<R>): Course<R> {
    const before = this.#last;
    let over: () => void = () => {};
    const mine = new Promise<void>((resolve) => {
      over = resolve;
    });
    let entered = before === undefined;
    this.#last = mine;
    try {
      if (before !== undefined)
        yield* act(
          () => before,
          () => refuse(name),
        );
      entered = true;
      return yield* course();
    } finally {
      if (this.#last === mine) this.#last = entered ? undefined : before;
      over();
    }
  }
}

function refuse(name: string): never {
  throw new NthrecError(
    "NTH_LOCKED",
    `an asynchronous change of ${name} is under way: await it, or use the verb without "Sync"`,
    { source: name },
  );
}
