/** Kinds of failures of which one is kept word for word. */
const MOST_SENTENCES = 20;

/** Counts what was checked, and remembers what was wrong. */
export class Verdicts {
  checks = 0;
  failures = 0;
  /** One sentence of each kind, by what all of the kind have in common. */
  readonly #kinds = new Map<string, { readonly sentence: string; times: number }>();
  readonly counts = new Map<string, number>();

  /** One check. The sentence says what is wrong when it fails. */
  check(holds: boolean, sentence: string | (() => string)): boolean {
    this.checks++;
    if (!holds) this.fail(typeof sentence === "string" ? sentence : sentence());
    return holds;
  }

  fail(sentence: string): void {
    this.failures++;
    const common = sentence.replace(/[0-9a-zA-Z/._-]*\d[0-9a-zA-Z/._-]*/g, "#").slice(0, 200);
    const kind = this.#kinds.get(common);
    if (kind !== undefined) kind.times++;
    else if (this.#kinds.size < MOST_SENTENCES) this.#kinds.set(common, { sentence, times: 1 });
  }

  /** What was wrong: of each kind the first, and how many there were. */
  get sentences(): string[] {
    return [...this.#kinds.values()].map(({ sentence, times }) =>
      times === 1 ? sentence : `${sentence} (and ${times - 1} like it)`,
    );
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
