import { platform } from "#platform";
import { NthrecError } from "../errors.ts";
import { read, readsOf, type Scratch, type StepPlan } from "../plan/step.ts";
import type { ByteRange, ReadPlan } from "../types.ts";
import type { FormatHooks } from "./format-hooks.ts";
import { formatPages } from "./format-pages.ts";
import type { OffsetTable } from "./offset-table.ts";
import { withPages } from "./page-cache.ts";
import { type ProgressListener, ProgressMeter } from "./progress.ts";

/** Offsets kept in memory by default, bytes; beyond it a published index is paged. */
export const RESIDENT_BYTES: number = 8 * 1024 * 1024;

/** What a scan found. */
export interface ScanResult {
  /** Where the last whole record ends. */
  readonly end: number;
  /** Whether bytes follow that are no record. */
  readonly torn: boolean;
}

/** Called with the raw bytes of each record, in order, while an index is built. */
export type RecordListener = (bytes: Uint8Array, index: number) => void;

export interface ScanOptions {
  readonly onProgress?: ProgressListener | undefined;
  /** Takes full pages away from the table while it grows; absent keeps them. */
  readonly spill?: ((table: OffsetTable) => StepPlan<void>) | undefined;
}

/**
 * Pushes the offset of every record from `start` on, which is where a record begins or records end.
 *
 * @throws {@link NthrecError} `NTH_TRUNCATED` for a torn tail, unless the format ignores it
 */
export function* scan(
  format: FormatHooks,
  table: OffsetTable,
  start: number,
  options: ScanOptions = {},
): StepPlan<ScanResult> {
  const scratch: Scratch = { buffer: new Uint8Array(0) };
  const meter = new ProgressMeter(options.onProgress, format.source.size);
  const plan = watch(format.buildIndex(table, start), (range) =>
    meter.tick(table.length, range.start),
  );
  const end = yield* options.spill === undefined
    ? readsOf(format.source, plan, scratch)
    : spilling(readsOf(format.source, plan, scratch), table, options.spill);
  const torn = end < format.end;
  if (torn && format.tail !== "ignore") throw tornError(format, table.length, end);
  meter.finish(table.length);
  return { end, torn };
}

/** Reads every record of a finished table once, in order, for a listener: the bytes that `getBytes` gives. */
export function* replay(
  format: FormatHooks,
  table: OffsetTable,
  end: number,
  listener: RecordListener,
): StepPlan<void> {
  const pages = formatPages(format);
  format.install(table, end);
  for (let index = 0; index < table.length; index++) {
    const range = yield* withPages(pages, () => format.locate(index));
    const bytes = range && (yield* read(format.source, range.start, range.end));
    listener(bytes ?? new Uint8Array(0), index);
  }
}

/** An empty buffer for the reads of one scan. */
export function newScratch(size = 0): Scratch {
  return { buffer: platform.allocate(size) };
}

function tornError(format: FormatHooks, records: number, end: number): NthrecError {
  const { name, size } = format.source;
  const rest = format.end - end;
  const found =
    format.end > size
      ? `${name} ends ${format.end - size} bytes before its records do`
      : `${name} ends with ${rest} bytes that are no whole record`;
  return new NthrecError(
    "NTH_TRUNCATED",
    `${found} (byte ${end}, after record ${records - 1}): ` +
      'open it with tail: "ignore" to read what is before them, or in append mode to recover it',
    { source: name, offset: end },
  );
}

function* watch(plan: ReadPlan<number>, see: (range: ByteRange) => void): ReadPlan<number> {
  let next = plan.next();
  try {
    while (!next.done) {
      see(next.value);
      next = plan.next(yield next.value);
    }
    return next.value;
  } finally {
    if (!next.done) plan.return(0);
  }
}

/** Runs the spill after steps of the scan whenever the table outgrew its share of memory. */
function* spilling<R>(
  plan: StepPlan<R>,
  table: OffsetTable,
  spill: (table: OffsetTable) => StepPlan<void>,
): StepPlan<R> {
  const limit = RESIDENT_BYTES / (8 * table.pageLength);
  let spilled = 0;
  let next = plan.next();
  try {
    while (!next.done) {
      if (table.pageCount - spilled > limit) {
        yield* spill(table);
        spilled = table.pageCount - 1;
      }
      let answer: unknown;
      try {
        answer = yield next.value;
      } catch (error) {
        next = plan.throw(error);
        continue;
      }
      next = plan.next(answer);
    }
    return next.value;
  } finally {
    if (!next.done) plan.return(undefined as never);
  }
}
