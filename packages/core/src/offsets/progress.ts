/** How far the building of an index has come. */
export interface IndexProgress {
  /** Records found so far. */
  readonly records: number;
  /** Bytes looked at so far. */
  readonly position: number;
  /** Bytes in all. */
  readonly size: number;
}

/** Called while an index is built: at most four times a second, and once at the end. */
export type ProgressListener = (progress: IndexProgress) => void;

const EVERY_MS = 250;

/** Passes progress on to a listener, throttled. */
export class ProgressMeter {
  readonly #listener: ProgressListener | undefined;
  readonly #size: number;
  #next = 0;

  constructor(listener: ProgressListener | undefined, size: number) {
    this.#listener = listener;
    this.#size = size;
    if (listener !== undefined) this.#next = performance.now() + EVERY_MS;
  }

  tick(records: number, position: number): void {
    if (this.#listener === undefined) return;
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + EVERY_MS;
    this.#listener({ records, position, size: this.#size });
  }

  finish(records: number): void {
    this.#listener?.({ records, position: this.#size, size: this.#size });
  }
}
