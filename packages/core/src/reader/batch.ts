import { platform } from "#platform";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import type { Scratch, StepPlan } from "../plan/step.ts";
import type { ByteRange } from "../types.ts";
import { frameError, located } from "./access.ts";
import { checkFrame, locateRecord, NO_BYTES } from "./read-record.ts";
import type { Snapshot } from "./snapshot.ts";

/** Two records whose bytes lie at most this far apart are read in one go. */
const GAP_BYTES = 4096;
/** The same over a network, where a trip costs more than bytes. */
const REMOTE_GAP_BYTES = 64 * 1024;
/** Bytes fetched in one go, at most, unless a single record is longer. */
const GROUP_BYTES = 1024 * 1024;
/** Bytes and records of one batch, at most. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_RECORDS = 4096;

/** How a batch is cut. */
export interface BatchOptions {
  readonly gap: number;
  readonly groupBytes: number;
  readonly batchBytes: number;
  readonly records: number;
}

/** Cuts for records asked for by number: neighbours travel together. */
export function scattered(sync: boolean): BatchOptions {
  return {
    gap: sync ? GAP_BYTES : REMOTE_GAP_BYTES,
    groupBytes: GROUP_BYTES,
    batchBytes: BATCH_BYTES,
    records: BATCH_RECORDS,
  };
}

/** Cuts for iteration: one window of up to 1 MiB at a time. */
export const SEQUENTIAL: BatchOptions = {
  gap: GAP_BYTES,
  groupBytes: GROUP_BYTES,
  batchBytes: GROUP_BYTES,
  records: BATCH_RECORDS * 4,
};

/** The bytes of several records, fetched together; decoded one by one as they are asked for. */
export class Batch<T> {
  readonly #format: FormatHooks<T>;
  readonly #indices: number[] = [];
  /** For each record: where its bytes begin and end (a missing range has end -1), and its group. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #groupOf: number[] = [];
  #groups: ByteRange[] = [];
  #bytes: Uint8Array[] = [];
  readonly #errors = new Map<number, unknown>();

  constructor(format: FormatHooks<T>) {
    this.#format = format;
  }

  /** Records in the batch. */
  get length(): number {
    return this.#indices.length;
  }

  /** The number of the record at `position` of the batch. */
  indexAt(position: number): number {
    return this.#indices[position] as number;
  }

  /**
   * Locates records one after another until the batch is full, and fetches them.
   *
   * @param next Gives the record numbers, rising or falling; `undefined` at the end.
   */
  *fill(
    snapshot: Snapshot<T>,
    next: () => number | undefined,
    options: BatchOptions,
    scratch: Scratch | undefined,
  ): StepPlan<void> {
    const cutter = new Cutter(this.#format, options);
    while (cutter.records < options.records && cutter.bytes < options.batchBytes) {
      const index = next();
      if (index === undefined) break;
      const ready = snapshot.pages === undefined || snapshot.pages.has(index);
      const range = ready ? this.#format.locate(index) : yield* locateRecord(snapshot, index);
      this.#indices.push(index);
      this.#starts.push(range?.start ?? 0);
      this.#ends.push(range?.end ?? -1);
      this.#groupOf.push(this.#join(cutter, range, index));
    }
    this.#groups = cutter.groups;
    this.#bytes = (yield {
      op: "readAll",
      source: this.#format.source,
      ranges: this.#groups,
      scratch: this.#format.borrows ? scratch : undefined,
    }) as Uint8Array[];
  }

  /** The group of a record; a record whose place is impossible fails when it is asked for, not before. */
  #join(cutter: Cutter, range: ByteRange | undefined, index: number): number {
    if (range === undefined) return -1;
    try {
      return cutter.add(range, index);
    } catch (error) {
      this.#errors.set(this.#indices.length - 1, error);
      return -1;
    }
  }

  /** Decodes the record at `position` of the batch. */
  get(position: number): T {
    const format = this.#format;
    const index = this.#indices[position] as number;
    const start = this.#starts[position] as number;
    const end = this.#ends[position] as number;
    try {
      if (this.#errors.size > 0 && this.#errors.has(position)) throw this.#errors.get(position);
      if (end < 0) return format.get(NO_BYTES, index);
      const group = this.#groupOf[position] as number;
      const base = (this.#groups[group] as ByteRange).start;
      const bytes = this.#bytes[group] as Uint8Array;
      const lead = format.lead === 0 ? 0 : Math.min(format.lead, start - format.begin);
      const frame = bytes.subarray(start - lead - base, end - base);
      if (!format.frames(frame, lead)) throw frameError(format.source.name, index, start);
      return format.get(lead === 0 ? frame : frame.subarray(lead), index);
    } catch (error) {
      throw located(error, format.source.name, index, start);
    }
  }
}

/** Joins ranges that come in order, rising or falling, into groups. */
class Cutter {
  readonly #format: FormatHooks;
  readonly #options: BatchOptions;
  readonly groups: { start: number; end: number }[] = [];
  #group: { start: number; end: number } | undefined;
  records = 0;
  /** Bytes of all groups. */
  bytes = 0;

  constructor(format: FormatHooks, options: BatchOptions) {
    this.#format = format;
    this.#options = options;
  }

  /** Adds a record's range and answers its group. */
  add(range: ByteRange, index: number): number {
    const start = range.start - checkFrame(this.#format, range, index);
    const end = range.end;
    this.records++;
    const group = this.#group;
    if (group !== undefined) {
      const from = Math.min(group.start, start);
      const to = Math.max(group.end, end);
      const grown = to - from - (group.end - group.start);
      if (grown <= end - start + this.#options.gap && to - from <= this.#options.groupBytes) {
        this.bytes += grown;
        group.start = from;
        group.end = to;
        return this.groups.length - 1;
      }
    }
    this.#group = { start, end };
    this.bytes += end - start;
    return this.groups.push(this.#group) - 1;
  }
}

/** A buffer for the batches of one reader or iterator. */
export function batchScratch(): Scratch {
  return { buffer: platform.allocate(0) };
}
