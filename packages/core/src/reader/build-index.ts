import { type PublishGuard, publishGuard } from "../journal/publish-guard.ts";
import type { Slot } from "../journal/seal.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import { DEFAULT_MAGIC } from "../offsets/idv1.ts";
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
  if (target === undefined || guard === undefined) return yield* scanAll(job, undefined);
  const temp = new TempIndex(target, DEFAULT_MAGIC);
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
  if (guard === undefined) return;
  const temp = new TempIndex(target, DEFAULT_MAGIC, pages);
  try {
    yield* temp.publish(table, job.format.source.size);
  } catch (error) {
    if (!(error instanceof IndexPlaceError)) throw error;
  } finally {
    yield* letGo(temp, guard);
  }
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
    if (built.torn || !guard.holds()) return yield* whole(job, built);
  } catch (error) {
    if (!(error instanceof IndexPlaceError)) throw error;
    // Pages that had left memory are lost with the place: the offsets are found again, and kept.
    return yield* scanAll(job, undefined);
  }
  const { table } = built;
  try {
    yield* temp.publish(table, job.format.source.size);
  } catch (error) {
    if (!(error instanceof IndexPlaceError)) throw error;
    return yield* whole(job, built);
  }
  if (job.options.offsets === "resident") return yield* whole(job, built);
  if (table.length * 8 <= RESIDENT_BYTES) return built;
  const source = yield* openEntry(target.store, target.name);
  return { ...built, ...(yield* pageOffsets(source, table.length)) };
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
