import { NthrecError, type NthrecErrorCode } from "../errors.ts";
import { type PublishGuard, publishGuard } from "../journal/publish-guard.ts";
import type { Slot } from "../journal/seal.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import { type LoadedOffsets, pageOffsets } from "../offsets/index-file.ts";
import { OffsetTable } from "../offsets/offset-table.ts";
import type { PageCache } from "../offsets/page-cache.ts";
import { RESIDENT_BYTES, replay, type ScanResult, scan } from "../offsets/scan.ts";
import { IndexPlaceError, TempIndex } from "../offsets/temp-index.ts";
import { openEntry, type StepPlan } from "../plan/step.ts";
import type { LiveStore, StoreEntry } from "../store/byte-store.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** What an index is built from. */
export interface IndexJob {
  readonly format: FormatHooks;
  readonly options: ReaderOptions;
  /** The data, if others may be writing to it. */
  readonly data: StoreEntry<LiveStore> | undefined;
  /** The seal that was seen when the data were opened. */
  readonly seal: Slot | undefined;
  /** What the index begins with. */
  readonly magic: string;
  /** Whether an index that cannot be published is an error. */
  readonly required: boolean;
}

/** Offsets found by a scan. */
export interface BuiltIndex extends LoadedOffsets, ScanResult {}

/**
 * Scans all data.
 *
 * @param target Where the offsets are published. Where it cannot be written, or a writer is at work, they stay in memory.
 */
export function* buildIndex(job: IndexJob, target: StoreEntry | undefined): StepPlan<BuiltIndex> {
  const guard = target && publishGuard(job.data, job.seal);
  if (target === undefined || guard === undefined) {
    if (target !== undefined) refuse(job, target, "NTH_LOCKED", "a writer is at work on its data");
    return yield* scanAll(job, undefined);
  }
  const temp = new TempIndex(target, job.magic);
  try {
    return yield* publishAll(job, target, temp, guard);
  } finally {
    yield* letGo(temp, guard);
  }
}

/** Publishes a finished table; where that cannot be done the caller's table serves. */
export function* publishIndex(
  job: IndexJob,
  table: OffsetTable,
  pages: PageCache | undefined,
  target: StoreEntry,
): StepPlan<void> {
  const guard = publishGuard(job.data, job.seal);
  if (guard === undefined) {
    refuse(job, target, "NTH_LOCKED", "a writer is at work on its data");
    return;
  }
  const temp = new TempIndex(target, job.magic, pages);
  try {
    yield* temp.publish(table, job.format.source.size);
  } catch (error) {
    if (job.required || !(error instanceof IndexPlaceError)) throw error;
  } finally {
    yield* letGo(temp, guard);
  }
}

function refuse(job: IndexJob, target: StoreEntry, code: NthrecErrorCode, reason: string): void {
  if (!job.required) return;
  const { name } = job.format.source;
  throw new NthrecError(code, `the index ${target.name} of ${name} is not written: ${reason}`, {
    source: name,
  });
}

function* letGo(temp: TempIndex, guard: PublishGuard): StepPlan<void> {
  try {
    yield* temp.discard();
  } finally {
    guard.release();
  }
}

function* publishAll(
  job: IndexJob,
  target: StoreEntry,
  temp: TempIndex,
  guard: PublishGuard,
): StepPlan<BuiltIndex> {
  // A listener reads the records once more before anything is published, so the offsets must stay.
  const listening = job.options.onIndexRecord !== undefined;
  let built: BuiltIndex;
  try {
    built = yield* scanAll(job, listening ? undefined : (table) => temp.spill(table));
    if (built.torn || !guard.holds()) {
      const code = built.torn ? "NTH_TRUNCATED" : "NTH_SOURCE_CHANGED";
      refuse(job, target, code, built.torn ? "its data end in half a record" : "its data changed");
      return yield* whole(job, built);
    }
  } catch (error) {
    if (job.required || !(error instanceof IndexPlaceError)) throw error;
    // Pages that had left memory are lost with the place: the offsets are found again, and kept.
    return yield* scanAll(job, undefined);
  }
  const { table } = built;
  try {
    yield* temp.publish(table, job.format.source.size);
  } catch (error) {
    if (job.required || !(error instanceof IndexPlaceError)) throw error;
    return yield* whole(job, built);
  }
  if (job.options.offsets === "resident") return yield* whole(job, built);
  if (table.length * 8 <= RESIDENT_BYTES) return built;
  const source = yield* openEntry(target.store, target.name);
  return { ...built, ...pageOffsets(source, table.length) };
}

/** All offsets in memory: found again if pages had left it. */
function* whole(job: IndexJob, built: BuiltIndex): StepPlan<BuiltIndex> {
  for (let page = 0; page < built.table.pageCount; page++) {
    if (built.table.page(page) === undefined) return yield* scanAll(job, undefined);
  }
  return built;
}

function* scanAll(
  job: IndexJob,
  spill: ((table: OffsetTable) => StepPlan<void>) | undefined,
): StepPlan<BuiltIndex> {
  const { format, options } = job;
  const table = new OffsetTable();
  const found = yield* scan(format, table, format.begin, {
    onProgress: options.onIndexProgress,
    spill,
  });
  if (options.onIndexRecord !== undefined) {
    yield* replay(format, table, found.end, options.onIndexRecord);
  }
  return { ...found, table, pages: undefined };
}
