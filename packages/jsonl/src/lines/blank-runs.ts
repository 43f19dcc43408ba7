import { OffsetTable } from "@nthrec/core";

/** Small pages: most files that have blank lines have few of them. */
const PAGE_LENGTH = 512;

/** The runs of blank lines that a filtered view leaves out; 24 bytes for each run. */
export class BlankRuns {
  /** Records before each run. */
  readonly #records: OffsetTable = new OffsetTable(PAGE_LENGTH);
  /** Where each run begins, in bytes. */
  readonly #begins: OffsetTable = new OffsetTable(PAGE_LENGTH);
  /** Blank lines up to the end of each run. */
  readonly #lines: OffsetTable = new OffsetTable(PAGE_LENGTH);

  /** Adds a run behind the last one: `lines` blank lines from byte `begin` on, after `records` records. */
  add(records: number, begin: number, lines: number): void {
    const last = this.#lines.length - 1;
    this.#records.push(records);
    this.#begins.push(begin);
    this.#lines.push(last < 0 ? lines : this.#lines.at(last) + lines);
  }

  /** Where the line of record `index` ends, if blank lines follow it. */
  endOf(index: number): number | undefined {
    const run = this.#runsBefore(index + 1) - 1;
    return run >= 0 && this.#records.at(run) === index + 1 ? this.#begins.at(run) : undefined;
  }

  /** Blank lines before record `index`. */
  linesBefore(index: number): number {
    const runs = this.#runsBefore(index);
    return runs === 0 ? 0 : this.#lines.at(runs - 1);
  }

  /** Runs that have at most `records` records before them. */
  #runsBefore(records: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#records.at(middle) <= records) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
