import type { StepPlan } from "../plan/step.ts";
import type { IndexState, IndexVerdict } from "./idv1.ts";
import type { OffsetTable } from "./offset-table.ts";
import type { PageCache } from "./page-cache.ts";
import { sampleOf } from "./probe.ts";

/** How much is looked at: header and ends, a sample, or everything. */
export type VerifyLevel = "quick" | "sample" | "full";

/** What a look at an index file found. */
export interface IndexReport {
  readonly level: VerifyLevel;
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  readonly state: IndexState;
  /** What is wrong, empty if nothing is. */
  readonly reason: string;
  /** Offsets in the file. */
  readonly records: number;
  /** Offsets that were looked at. */
  readonly checked: number;
  /** The first record whose offset is impossible, if any. */
  readonly index: number | undefined;
}

const SAMPLES = 1024;

/**
 * Judges an index by its header and by its offsets, which must rise and stay below the size of the data.
 *
 * @param dataSize Bytes of the data.
 */
export function* reportIndex(
  verdict: IndexVerdict,
  table: OffsetTable,
  pages: PageCache | undefined,
  dataSize: number,
  level: VerifyLevel,
): StepPlan<IndexReport> {
  const { length } = table;
  const sample = level === "full" ? undefined : sampleOf(length, level === "quick" ? 2 : SAMPLES);
  const count = sample?.length ?? length;
  const found = { level, records: length };
  // A header for other data says nothing of where these end.
  const end = verdict.state === "valid" ? dataSize : Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const index = sample?.[i] ?? i;
    const reason = yield* lookAt(table, pages, index, end);
    if (reason === undefined) continue;
    return { ...found, ok: false, state: "invalid", reason, checked: i + 1, index };
  }
  const ok = verdict.state === "valid";
  return { ...found, ok, ...verdict, checked: count, index: undefined };
}

function* lookAt(
  table: OffsetTable,
  pages: PageCache | undefined,
  index: number,
  dataEnd: number,
): StepPlan<string | undefined> {
  if (pages !== undefined) while (!pages.has(index)) yield* pages.load(index);
  const offset = table.at(index);
  const next = index + 1 < table.length ? table.at(index + 1) : dataEnd;
  if (offset < next && Number.isSafeInteger(offset)) return undefined;
  const end = index + 1 < table.length ? "the next one" : "the end of the data";
  return `record ${index} would begin at byte ${offset}, and ${end} at byte ${next}`;
}
