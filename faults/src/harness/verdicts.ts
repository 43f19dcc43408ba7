/** Failures that are kept word for word. */
const MOST_SENTENCES = 20;

/** Counts what was checked, and remembers what was wrong. */
export class Verdicts {
  checks = 0;
  failures = 0;
  readonly sentences: string[] = [];
  readonly counts = new Map<string, number>();

  /** One check. The sentence says what is wrong when it fails. */
  check(holds: boolean, sentence: string | (() => string)): boolean {
    this.checks++;
    if (!holds) this.fail(typeof sentence === "string" ? sentence : sentence());
    return holds;
  }

  fail(sentence: string): void {
    this.failures++;
    if (this.sentences.length < MOST_SENTENCES) this.sentences.push(sentence);
  }

  /** Adds to a number of the report. */
  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  /** Raises a number of the report to `value`. */
  most(what: string, value: number): void {
    this.counts.set(what, Math.max(this.counts.get(what) ?? 0, value));
  }

  /** The counts in one line. */
  get summary(): string {
    const parts = [...this.counts].map(([what, count]) => `${what} ${count.toLocaleString("en")}`);
    return [...parts, `checks ${this.checks.toLocaleString("en")}`].join(", ");
  }
}
