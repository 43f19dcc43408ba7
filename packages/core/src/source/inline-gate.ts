import { type TurnWatch, threadTurns } from "./turn-watch.ts";

/** Larger reads gain more from the thread pool than its hand-over costs. */
const MAX_INLINE_BYTES = 65_536;
/** A read in place that took longer came from a cold disk or a network mount. */
const SLOW_READ_MS = 1;
/** Reads that a slow one sends to the thread pool before the next probe. */
const POOLED_READS = 256;

/**
 * Decides whether an asynchronous verb may read a file in the calling thread.
 *
 * A source keeps one gate per file: its `mayInline` is {@link InlineGate.allow}, and its `readSync` brackets the
 * system call with {@link InlineGate.started} and {@link InlineGate.note}, which cost nothing when no verb asked.
 */
export class InlineGate {
  readonly #turns: TurnWatch;
  #pooled = 0;
  #granted = false;

  /** @param turns The watch of the thread's event loop; its clock also times the reads. */
  constructor(turns: TurnWatch = threadTurns) {
    this.#turns = turns;
  }

  /** Whether the next read of `bytes` may run in place: it is small, the file is fast, and no turn is due. */
  allow(bytes: number): boolean {
    if (bytes > MAX_INLINE_BYTES || this.#turns.due) return false;
    if (this.#pooled > 0) {
      this.#pooled--;
      return false;
    }
    this.#granted = true;
    return true;
  }

  /** When the read that `allow` granted begins, or `undefined` when this read was not asked for. */
  started(): number | undefined {
    if (!this.#granted) return undefined;
    this.#granted = false;
    return this.#turns.now();
  }

  /** Judges the read that began at `startedAt` and has just ended. */
  note(startedAt: number | undefined): void {
    if (startedAt === undefined) return;
    const now = this.#turns.now();
    if (now - startedAt > SLOW_READ_MS) this.#pooled = POOLED_READS;
    this.#turns.note(now);
  }
}
