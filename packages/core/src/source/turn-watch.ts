/** How long reads may follow each other without a turn of the event loop, half of it unobserved. */
const HALF_RUN_MS = 5;

interface TurnGlobals {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: typeof MessageChannel;
}

/** Calls `callback` in a later turn of the event loop, as soon as the platform allows. */
export function nextTurn(callback: () => void): void {
  const globals: TurnGlobals = globalThis as TurnGlobals;
  if (globals.setImmediate !== undefined) {
    globals.setImmediate(callback);
  } else if (globals.MessageChannel !== undefined) {
    // Browsers stretch nested timers to 4 ms; a message is not held back.
    const { port1, port2 } = new globals.MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(null);
  } else {
    setTimeout(callback, 0);
  }
}

/**
 * Watches how long this thread has read without a turn of its event loop. While it is `due`, asynchronous
 * verbs must wait for something real, else timers starve and an `AbortSignal` cannot fire.
 *
 * A run is measured in two halves so that the watch asks for a callback at most once per half: a program whose
 * every read follows a turn of its own pays for a callback each 5 ms, not for one per read.
 */
export class TurnWatch {
  readonly #now: () => number;
  readonly #turn: (callback: () => void) => void;
  #since = Number.NEGATIVE_INFINITY;
  #armed = false;
  #due = false;

  constructor(
    now: () => number = () => performance.now(),
    turn: (callback: () => void) => void = nextTurn,
  ) {
    this.#now = now;
    this.#turn = turn;
  }

  /** Whether the event loop needs a turn before the next read in place. */
  get due(): boolean {
    return this.#due;
  }

  /** The clock, in milliseconds from any origin. */
  now(): number {
    return this.#now();
  }

  /** Tells the watch that a read in place happened; `now` is a reading of its clock. */
  note(now: number): void {
    if (now - this.#since < HALF_RUN_MS) return;
    if (this.#armed) {
      this.#due = true;
      return;
    }
    this.#armed = true;
    this.#since = now;
    this.#turn(this.#turned);
  }

  /** Notes a read in place and, when a turn is due, returns the promise to wait for first. */
  pause(): Promise<void> | undefined {
    this.note(this.#now());
    return this.#due ? this.breathe() : undefined;
  }

  /** Resolves in a later turn of the event loop. */
  breathe(): Promise<void> {
    return new Promise((resolve) => {
      this.#turn(() => {
        this.#turned();
        resolve();
      });
    });
  }

  readonly #turned = (): void => {
    this.#since = this.#now();
    this.#armed = false;
    this.#due = false;
  };
}

/** The watch of this thread: the event loop is one, however many sources are read. */
export const threadTurns: TurnWatch = new TurnWatch();
