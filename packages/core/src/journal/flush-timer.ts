import type { StepPlan } from "../plan/step.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { Durability } from "./journal-host.ts";

/** Brings data to disk a while after a commit, for the durability level `{ everyMs }`. */
export class FlushTimer {
  readonly #everyMs: number | undefined;
  readonly #files: () => JournalFiles;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: unknown;

  constructor(durability: Durability, files: () => JournalFiles) {
    this.#everyMs = typeof durability === "object" ? durability.everyMs : undefined;
    this.#files = files;
  }

  /** Makes sure that a flush follows within the interval. */
  start(): void {
    if (this.#everyMs === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#files()
        .data.flush()
        .catch((error: unknown) => {
          this.#failure = error;
        });
    }, this.#everyMs);
    // A timer must not keep a process alive whose writer was never closed.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Flushes what is due. */
  *finish(): StepPlan<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      yield { op: "flush", file: this.#files().data };
    }
    this.report();
  }

  /** @throws what the last flush failed with, once */
  report(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
