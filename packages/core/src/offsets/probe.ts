import { isNthrecError } from "../errors.ts";
import { read, readsOf, type StepPlan } from "../plan/step.ts";
import { subSource } from "../source/sync-sub-source.ts";
import type { ByteRange } from "../types.ts";
import type { FormatHooks } from "./format-hooks.ts";
import { OffsetTable, PageMiss } from "./offset-table.ts";
import { type PageCache, withPages } from "./page-cache.ts";
import { scan } from "./scan.ts";

/** Records looked at to judge an index whose data is not sealed. */
const SAMPLES = 64;
/** Records up to this size are read whole; of longer ones this much is scanned. */
const PROBE_BYTES = 64 * 1024;

/** What a probe finds wrong: the record, and where it should begin. */
export interface Lie {
  readonly index: number;
  readonly offset: number;
  readonly reason: string;
}

/** The record numbers of a sample, first and last included, in rising order. */
export function sampleOf(length: number, count: number = SAMPLES): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.floor((i * (length - 1)) / (count - 1)));
}

/**
 * Looks whether the offsets of some records frame exactly one record each.
 *
 * @param end Where the last record of the table ends.
 * @returns The first lie, or `undefined`.
 */
export function* probe(
  format: FormatHooks,
  table: OffsetTable,
  pages: PageCache | undefined,
  end: number,
  indices: readonly number[],
): StepPlan<Lie | undefined> {
  format.install(table, end);
  // Pages are looked at when they are loaded.
  const fall = pages === undefined ? table.firstFall() : undefined;
  if (fall !== undefined) {
    const reason = "it does not begin behind the record before it";
    return { index: fall, offset: table.at(fall), reason };
  }
  for (const index of indices) {
    if (pages !== undefined) yield* pages.load(index);
    const offset = table.at(index);
    if (index === 0 && offset !== format.begin) {
      return { index, offset, reason: `the first record begins at byte ${format.begin}` };
    }
    const range = yield* withPages(pages, () => format.locate(index));
    const reason = range === undefined ? undefined : yield* probeOne(format, pages, index, range);
    if (reason !== undefined) return { index, offset, reason };
  }
  return undefined;
}

function* probeOne(
  format: FormatHooks,
  pages: PageCache | undefined,
  index: number,
  range: ByteRange,
): StepPlan<string | undefined> {
  const { start, end: stop } = range;
  if (start < format.begin || stop <= start || stop > format.end) {
    return `[${start}, ${stop}) is not inside the records`;
  }
  if (stop - start > PROBE_BYTES) return yield* probeLong(format, start, stop);
  const lead = Math.min(format.lead, start - format.begin);
  const all = yield* read(format.source, start - lead, stop);
  const bytes = all.subarray(lead);
  const before = lead === 0 ? undefined : all[0];
  if (!format.frames(bytes, before)) return "its bytes are not exactly one record";
  const framed = yield* withPages(pages, () => isFrame(format, bytes, index));
  return framed ? undefined : "its bytes are not exactly one record";
}

/** A long record must not show another one's beginning in its first bytes. */
function* probeLong(
  format: FormatHooks,
  start: number,
  stop: number,
): StepPlan<string | undefined> {
  const window = subSource(format.source, 0, Math.min(stop, start + PROBE_BYTES));
  const part = format.over(window, { tail: "ignore" });
  yield* readsOf(window, part.open(), { buffer: new Uint8Array(0) });
  const found = new OffsetTable();
  try {
    yield* scan(part, found, start);
  } catch (error) {
    // Some formats fail at damage instead of ending the scan there.
    if (!isNthrecError(error, "NTH_CORRUPTION")) throw error;
    return "no record begins there";
  }
  return found.length > 1 ? `another record begins at byte ${found.at(1)}` : undefined;
}

function isFrame(format: FormatHooks, bytes: Uint8Array, index: number): boolean {
  try {
    format.get(bytes, index);
    return true;
  } catch (error) {
    if (error instanceof PageMiss) throw error;
    // What a sound frame holds is its owner's affair; only the frame is judged here.
    return !isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED");
  }
}
