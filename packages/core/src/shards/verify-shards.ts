import { isNthrecError, throwIfAborted } from "../errors.ts";
import type { VerifyLevel } from "../offsets/index-report.ts";
import type { VerifyOptions, VerifyProblem, VerifyReport } from "../reader/verify.ts";
import type { ShardSet } from "./shard-set.ts";

/** One thing that is wrong, and in which shard. Record number and byte are those of the shard's file. */
export interface ShardProblem extends VerifyProblem {
  /** Number of the shard; `undefined` for one that was left out as missing. */
  readonly shard: number | undefined;
  /** Name of the shard. */
  readonly name: string;
}

/** What a verification of a set looked at and what it found. */
export interface ShardVerifyReport {
  readonly level: VerifyLevel;
  /** Whether nothing is wrong, and no shard is missing. */
  readonly ok: boolean;
  /** Shards that could be opened. */
  readonly shards: number;
  /** Records that their indexes name, those outside of slices included. */
  readonly records: number;
  /** Bytes of their data. */
  readonly bytes: number;
  /** Records that were read. */
  readonly checked: number;
  /** The first of what is wrong, shard by shard: at most 100. */
  readonly problems: readonly ShardProblem[];
  /** How much is wrong in all. */
  readonly problemCount: number;
}

/** What verification needs of a reader. */
interface Verified {
  verify(options: VerifyOptions): Promise<VerifyReport>;
  verifySync(options: VerifyOptions): VerifyReport;
}

const MOST_PROBLEMS = 100;

/** Verifies shard after shard. */
export async function verifyShards<R extends Verified>(
  set: ShardSet<R>,
  options: VerifyOptions,
): Promise<ShardVerifyReport> {
  set.pool.check();
  const sum = new Sum(set, options.level ?? "sample");
  for (let shard = 0; shard < set.files.length; shard++) {
    throwIfAborted(options.signal, set.name);
    try {
      const entry = await set.pool.acquire(shard);
      try {
        sum.add(shard, await (entry.reader as R).verify(options));
      } finally {
        entry.release();
      }
    } catch (error) {
      sum.fail(shard, error);
    }
  }
  return sum.report();
}

/** {@link verifyShards}, before it returns. */
export function verifyShardsSync<R extends Verified>(
  set: ShardSet<R>,
  options: VerifyOptions,
): ShardVerifyReport {
  set.pool.check();
  const sum = new Sum(set, options.level ?? "sample");
  for (let shard = 0; shard < set.files.length; shard++) {
    try {
      const entry = set.pool.acquireSync(shard);
      try {
        sum.add(shard, (entry.reader as R).verifySync(options));
      } finally {
        entry.release();
      }
    } catch (error) {
      sum.fail(shard, error);
    }
  }
  return sum.report();
}

/** Adds the reports of shards up. */
class Sum {
  readonly #set: ShardSet<unknown>;
  readonly #level: VerifyLevel;
  readonly #problems: ShardProblem[] = [];
  #problemCount = 0;
  #shards = 0;
  #records = 0;
  #bytes = 0;
  #checked = 0;

  constructor(set: ShardSet<unknown>, level: VerifyLevel) {
    this.#set = set;
    this.#level = level;
    for (const { name, number } of set.missing) {
      const message = `shard ${number} of ${set.name} (${name}) is missing`;
      this.#note({ code: "NTH_NOT_FOUND", message, index: undefined, offset: undefined }, name);
    }
  }

  add(shard: number, report: VerifyReport): void {
    this.#shards++;
    this.#records += report.records;
    this.#bytes += report.bytes;
    this.#checked += report.checked;
    for (const problem of report.problems) this.#note(problem, this.#name(shard), shard);
    this.#problemCount += report.problemCount - report.problems.length;
  }

  /** A shard that cannot be opened is damage; an abort is none, and wrong use neither. */
  fail(shard: number, error: unknown): void {
    const passing = isNthrecError(error, "NTH_ABORTED", "NTH_NOT_OPEN", "NTH_NOT_SUPPORTED");
    if (!isNthrecError(error) || passing) throw error;
    const { code, message, index, offset } = error;
    this.#note({ code, message, index, offset }, this.#name(shard), shard);
  }

  report(): ShardVerifyReport {
    return {
      level: this.#level,
      ok: this.#problemCount === 0,
      shards: this.#shards,
      records: this.#records,
      bytes: this.#bytes,
      checked: this.#checked,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #name(shard: number): string {
    return this.#set.files[shard]?.name ?? "";
  }

  #note(problem: VerifyProblem, name: string, shard?: number): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ ...problem, shard, name });
  }
}
