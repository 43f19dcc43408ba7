import type { IndexProgress } from "@nthrec/core";
import type { Io } from "./io.ts";

/** How progress is told: on a terminal as a line that changes, to machines as JSON lines, or not. */
export type ProgressStyle = "auto" | "json" | "none";

/** Tells on standard error how far something has come. */
export class Progress {
  readonly #io: Io;
  readonly #style: ProgressStyle;
  readonly #what: string;
  readonly #started: number = performance.now();
  #shown = false;

  constructor(io: Io, style: ProgressStyle, what: string) {
    this.#io = io;
    this.#style = style;
    this.#what = what;
  }

  /** A listener for the building of an index and whatever else reports as it does. */
  readonly listener = (progress: IndexProgress): void => {
    const { stderr } = this.#io;
    if (this.#style === "json") {
      void stderr.write(`${JSON.stringify({ progress: this.#what, ...progress })}\n`);
    } else if (this.#style === "auto" && stderr.isTerminal) {
      this.#shown = true;
      void stderr.write(`\r\u001b[K${this.#line(progress)}`);
    }
  };

  /** Clears the line. */
  done(): void {
    if (this.#shown) void this.#io.stderr.write("\r\u001b[K");
    this.#shown = false;
  }

  #line({ records, position, size }: IndexProgress): string {
    const seconds = (performance.now() - this.#started) / 1000;
    const share = position / Math.max(size, 1);
    const rate = position / 1e6 / Math.max(seconds, 1e-3);
    const left = (seconds / Math.max(share, 1e-6)) * (1 - share);
    const parts = [
      `${this.#what} ${Math.floor(share * 100)} %`,
      `${records} records`,
      `${rate.toFixed(0)} MB/s`,
      `${left.toFixed(0)} s left`,
    ];
    return parts.join("  ").slice(0, this.#io.stderr.columns - 1);
  }
}
