import { checkChoice, isNthrecError, type NthrecErrorCode } from "../errors.ts";
import type { IndexState } from "../offsets/idv1.ts";
import type { VerifyLevel } from "../offsets/index-report.ts";
import { OffsetTable } from "../offsets/offset-table.ts";
import { withPages } from "../offsets/page-cache.ts";
import { sampleOf } from "../offsets/probe.ts";
import { scan } from "../offsets/scan.ts";
import { readsOf, type StepPlan } from "../plan/step.ts";
import type { AbortOptions } from "../types.ts";
import type { RecordAccess } from "./access.ts";
import { Batch, batchScratch, cutsOf } from "./batch.ts";
import { locateRecord } from "./read-record.ts";
import type { Snapshot } from "./snapshot.ts";

/** How a file is verified. */
export interface VerifyOptions extends AbortOptions {
  /** @default "sample" */
  readonly level?: VerifyLevel | undefined;
}

/** One thing that is wrong. */
export interface VerifyProblem {
  readonly code: NthrecErrorCode;
  readonly message: string;
  /** Record number, if one is concerned. */
  readonly index: number | undefined;
  /** Byte position, if one is known. */
  readonly offset: number | undefined;
}

/** What a verification looked at and what it found. */
export interface VerifyReport {
  readonly level: VerifyLevel;
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Records that the index names. */
  readonly records: number;
  /** Bytes of the data. */
  readonly bytes: number;
  /** Records that were read. */
  readonly checked: number;
  /** What the index file was when the reader was opened; `undefined` when offsets are in memory by choice. */
  readonly indexState: IndexState | undefined;
  /** The first of what is wrong, in file order: at most 100. */
  readonly problems: readonly VerifyProblem[];
  /** How much is wrong in all. */
  readonly problemCount: number;
}

const MOST_PROBLEMS = 100;
const SAMPLE_RECORDS = 1024;

/** Verifies what a snapshot names; never throws for damage, only for I/O that fails. */
export function* verifySnapshot<T>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  level: VerifyLevel,
): StepPlan<VerifyReport> {
  checkChoice("level", level, ["quick", "sample", "full"]);
  const found = new Findings();
  const { format, length } = snapshot;
  if (snapshot.torn) {
    const rest = format.end - format.recordsEnd;
    const message = `${format.source.name} ends with ${rest} bytes that are no whole record`;
    found.add("NTH_TRUNCATED", message, undefined, format.recordsEnd);
  }
  if (level === "full") yield* compare(snapshot, found);
  const numbers =
    level === "full" ? undefined : sampleOf(length, level === "quick" ? 2 : SAMPLE_RECORDS);
  const checked = yield* readAll(access, snapshot, numbers, found);
  return {
    level,
    ok: found.count === 0,
    records: length,
    bytes: format.source.size,
    checked,
    indexState: snapshot.indexState,
    problems: found.problems,
    problemCount: found.count,
  };
}

class Findings {
  readonly problems: VerifyProblem[] = [];
  count = 0;

  add(code: NthrecErrorCode, message: string, index?: number, offset?: number): void {
    this.count++;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ code, message, index, offset });
  }
}

/** Finds the offsets anew and compares them with those in use. */
function* compare<T>(snapshot: Snapshot<T>, found: Findings): StepPlan<void> {
  const { format } = snapshot;
  // A torn tail is told apart from this; a last line without a newline is a record here too.
  const tail = format.tail === "record" ? "record" : "ignore";
  const fresh = format.over(format.source, { tail });
  yield* readsOf(format.source, fresh.open(), { buffer: new Uint8Array(0) });
  const table = new OffsetTable();
  let end: number;
  try {
    end = (yield* scan(fresh, table, format.begin)).end;
  } catch (error) {
    // Some formats fail at damage instead of ending the scan there.
    if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) throw error;
    found.add(error.code, error.message, error.index, error.offset);
    return;
  }
  const both = Math.min(table.length, snapshot.length);
  for (let index = 0; index < both && !format.ownIndex; index++) {
    yield* locateRecord(snapshot, index);
    const offset = format.offsets.at(index);
    if (offset === table.at(index)) continue;
    const message = `record ${index} begins at byte ${table.at(index)}, but the index says ${offset}`;
    found.add("NTH_INDEX_STALE", message, index, table.at(index));
    return;
  }
  if (table.length !== snapshot.length) {
    const message = `the data hold ${table.length} records up to byte ${end}, but the index names ${snapshot.length}`;
    found.add("NTH_INDEX_STALE", message, both, undefined);
  }
}

function* readAll<T>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  numbers: readonly number[] | undefined,
  found: Findings,
): StepPlan<number> {
  const count = numbers?.length ?? snapshot.length;
  const scratch = batchScratch();
  const cuts = cutsOf(snapshot.format.source, numbers === undefined);
  let next = 0;
  const numberAt = (i: number): number | undefined =>
    next + i < count ? (numbers === undefined ? next + i : numbers[next + i]) : undefined;
  while (next < count) {
    access.snapshot();
    const batch = new Batch(snapshot.format);
    yield* batch.fill(snapshot, numberAt, cuts, scratch);
    next += batch.length;
    for (let i = 0; i < batch.length; i++) {
      yield* withPages(snapshot.pages, () => check(batch, i, found));
    }
  }
  return count;
}

function check<T>(batch: Batch<T>, position: number, found: Findings): void {
  try {
    batch.get(position);
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    found.add(error.code, error.message, error.index, error.offset);
  }
}
