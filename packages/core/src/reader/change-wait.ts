import { throwIfAborted } from "../errors.ts";
import { SEAL_SUFFIX } from "../journal/seal.ts";
import { sleep } from "../plan/run-plan.ts";
import { isLiveStore, type StoreEntry } from "../store/byte-store.ts";

/** Waits for something to happen to a file: as soon as its store says so, and at the latest after a pause. */
export class ChangeWait {
  readonly #pollMs: number;
  readonly #ends: (() => void)[] = [];
  #changes = 0;
  #wake: AbortController | undefined;

  constructor(entry: StoreEntry | undefined, pollMs: number) {
    this.#pollMs = pollMs;
    if (entry === undefined || !isLiveStore(entry.store)) return;
    const changed = (): void => {
      this.#changes++;
      this.#wake?.abort();
    };
    for (const name of [entry.name, entry.name + SEAL_SUFFIX]) {
      const end = entry.store.watch?.(name, changed);
      if (end !== undefined) this.#ends.push(end);
    }
  }

  /** A mark to hand to `until`: what happens after it ends the wait. */
  mark(): number {
    return this.#changes;
  }

  /** Resolves when something happened since `mark`, or after the pause. */
  async until(mark: number, signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    if (this.#changes !== mark) return;
    const wake = new AbortController();
    this.#wake = wake;
    const stop = (): void => wake.abort();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await sleep(this.#pollMs, wake.signal);
    } catch {
      // Woken early; whether by a change or by the caller, the next line tells.
      throwIfAborted(signal);
    } finally {
      this.#wake = undefined;
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Ends the watching. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}
