import { platform } from "#platform";
import { viewOf } from "../bytes/view.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import type { Scratch, StepPlan } from "../plan/step.ts";
import { type ByteSource, isSyncSource } from "../source/byte-source.ts";
import type { ByteRange } from "../types.ts";
import { frameError, located } from "./access.ts";
import { checkFrame, locateNow, locateRecord, NO_BYTES } from "./read-record.ts";
import type { Snapshot } from "./snapshot.ts";

/** How a batch is cut. */
export interface BatchOptions {
  /** Two records whose bytes lie at most this far apart are read in one go. */
  readonly gap: number;
  /** Bytes read in one go, at most, unless a single record is longer. */
  readonly groupBytes: number;
  /** Bytes and records of one batch, at most. */
  readonly batchBytes: number;
  readonly records: number;
}

/** What is read at once is small enough to be read in place, and decoded before it leaves the processor's cache. */
const AT_HAND: BatchOptions = {
  gap: 4096,
  groupBytes: 64 * 1024,
  batchBytes: 256 * 1024,
  records: 4096,
};
/** Where each read is a trip, which costs more than bytes. */
const FAR: BatchOptions = {
  gap: 64 * 1024,
  groupBytes: 1024 * 1024,
  batchBytes: 4 * 1024 * 1024,
  records: 4096,
};
/** The same for neighbours: one window at a time, while the next one is on its way. */
const FAR_SEQUENTIAL: BatchOptions = { ...FAR, batchBytes: FAR.groupBytes, records: 16_384 };

/** How batches of a source's records are cut. */
export function cutsOf(source: ByteSource, sequential: boolean): BatchOptions {
  if (isSyncSource(source)) return AT_HAND;
  return sequential ? FAR_SEQUENTIAL : FAR;
}

/** A group of ranges that is read in one go. */
interface Group {
  start: number;
  end: number;
}

/** In place of a group: the record needs no bytes, or its place is impossible. */
const NO_GROUP = -1;
const BAD_PLACE = -2;

/** The bytes of several records, fetched together; decoded one by one as they are asked for. */
export class Batch<T> {
  readonly #format: FormatHooks<T>;
  /** For each record its number, where its bytes begin and end, and its group. */
  readonly #indices: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #groupOf: number[] = [];
  readonly #groups: Group[] = [];
  readonly #errors = new Map<number, unknown>();
  #bytes: readonly Uint8Array[] = [];
  /** Bytes of all groups. */
  #size = 0;

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
    const format = this.#format;
    while (this.#indices.length < options.records && this.#size < options.batchBytes) {
      const index = next();
      if (index === undefined) break;
      let range = locateNow(snapshot, index);
      if (range === null) range = yield* locateRecord(snapshot, index);
      this.#add(index, range, options);
    }
    this.#bytes = (yield {
      op: "readAll",
      source: format.source,
      ranges: this.#groups,
      scratch: format.borrows ? scratch : undefined,
    }) as Uint8Array[];
  }

  /** Decodes the record at `position` of the batch. */
  get(position: number): T {
    const format = this.#format;
    const index = this.#indices[position] as number;
    const group = this.#groupOf[position] as number;
    const start = this.#starts[position] as number;
    try {
      if (group < 0) return this.#getWithout(position, index, group);
      const end = this.#ends[position] as number;
      const all = this.#bytes[group] as Uint8Array;
      const from = start - (this.#groups[group] as Group).start;
      const bytes = viewOf(all, from, from + end - start);
      const before = format.lead === 0 || start === format.begin ? undefined : all[from - 1];
      if (!format.frames(bytes, before)) throw frameError(format.source.name, index, start);
      return format.get(bytes, index);
    } catch (error) {
      throw located(error, format.source.name, index, start);
    }
  }

  #getWithout(position: number, index: number, group: number): T {
    // A record whose place is impossible fails when it is asked for, not when its neighbours are.
    if (group === BAD_PLACE) throw this.#errors.get(position);
    return this.#format.get(NO_BYTES, index);
  }

  #add(index: number, range: ByteRange | undefined, options: BatchOptions): void {
    const position = this.#indices.push(index) - 1;
    this.#starts.push(range === undefined ? this.#format.begin : range.start);
    this.#ends.push(range === undefined ? this.#format.begin : range.end);
    this.#groupOf.push(NO_GROUP);
    if (range === undefined) return;
    try {
      const lead = checkFrame(this.#format, range, index);
      this.#groupOf[position] = this.#group(range.start - lead, range.end, options);
    } catch (error) {
      this.#errors.set(position, error);
      this.#groupOf[position] = BAD_PLACE;
    }
  }

  /** Joins a range to the last group if that costs little, else begins another. */
  #group(start: number, end: number, options: BatchOptions): number {
    const last = this.#groups.length - 1;
    const group = this.#groups[last];
    if (group !== undefined) {
      const from = Math.min(group.start, start);
      const to = Math.max(group.end, end);
      const grown = to - from - (group.end - group.start);
      if (grown <= end - start + options.gap && to - from <= options.groupBytes) {
        this.#size += grown;
        group.start = from;
        group.end = to;
        return last;
      }
    }
    this.#size += end - start;
    return this.#groups.push({ start, end }) - 1;
  }
}

/** A buffer for the batches of one reader or iterator. */
export function batchScratch(): Scratch {
  return { buffer: platform.allocate(0) };
}
