import { TurnWatch } from "../../src/source/turn-watch.ts";

/** A clock and an event loop that stand still until they are told to go on. */
export class FakeClock {
  time = 1000;
  readonly #waiting: (() => void)[] = [];
  readonly watch: TurnWatch = new TurnWatch(
    () => this.time,
    (callback) => this.#waiting.push(callback),
  );

  /** Callbacks that wait for the next turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets the event loop turn once. */
  turn(): void {
    for (const callback of this.#waiting.splice(0)) callback();
  }
}
