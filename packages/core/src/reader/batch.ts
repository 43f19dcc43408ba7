import { platform } from "#platform";
import { viewOf } from "../bytes/view.ts";
import type { FormatHooks, RecordRun } from "../offsets/format-hooks.ts";
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

/** The bytes of several records, fetched together; decoded as they are asked for, those of a chunk at once. */
export class Batch<T> {
  readonly #format: FormatHooks<T>;
  readonly #indices: number[] = [];
  /** Positions of the records that begin another chunk, where the format has chunks; else each record is one. */
  readonly #heads: number[] | undefined;
  /** For each chunk: where its bytes begin and end, and their group. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #groupOf: number[] = [];
  readonly #groups: Group[] = [];
  readonly #errors = new Map<number, unknown>();
  #bytes: readonly Uint8Array[] = [];
  /** Bytes of all groups. */
  #size = 0;
  /** The records of the chunk decoded last, and the position of the first one. */
  #decoded: readonly T[] = [];
  #from = 0;

  constructor(format: FormatHooks<T>) {
    this.#format = format;
    this.#heads = format.chunk === undefined ? undefined : [];
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
   * @param numberAt The number of the record at a position of the batch, rising or falling; `undefined` at the end.
   */
  *fill(
    snapshot: Snapshot<T>,
    numberAt: (position: number) => number | undefined,
    options: BatchOptions,
    scratch: Scratch | undefined,
  ): StepPlan<void> {
    const format = this.#format;
    const indices = this.#indices;
    const heads = this.#heads;
    let chunk: RecordRun = { start: 0, end: 0 };
    while (indices.length < options.records) {
      const index = numberAt(indices.length);
      if (index === undefined) break;
      if (index < chunk.start || index >= chunk.end) {
        if (this.#size >= options.batchBytes) break;
        let range = locateNow(snapshot, index);
        if (range === null) range = yield* locateRecord(snapshot, index);
        if (heads !== undefined && format.chunk !== undefined) {
          heads.push(indices.length);
          chunk = format.chunk(index);
        }
        this.#add(index, range, options);
      }
      indices.push(index);
    }
    this.#bytes = (yield {
      op: "readAll",
      source: format.source,
      ranges: this.#groups,
      scratch: format.borrows ? scratch : undefined,
    }) as Uint8Array[];
  }

  /** Decodes the record at `position` of the batch, unless the rest of its chunk brought it along. */
  get(position: number): T {
    const inside = position - this.#from;
    if (inside >= 0 && inside < this.#decoded.length) return this.#decoded[inside] as T;
    const format = this.#format;
    const index = this.#indices[position] as number;
    const heads = this.#heads;
    const unit = heads === undefined ? position : unitOf(heads, position);
    const start = this.#starts[unit] as number;
    try {
      const bytes = this.#bytesOf(unit, index);
      if (heads === undefined) return format.get(bytes, index);
      const from = heads[unit] as number;
      const records = format.getMany(bytes, this.#indices.slice(from, heads[unit + 1]));
      this.#from = from;
      this.#decoded = records;
      return records[position - from] as T;
    } catch (error) {
      throw located(error, format.source.name, index, start);
    }
  }

  #bytesOf(unit: number, index: number): Uint8Array {
    const format = this.#format;
    const group = this.#groupOf[unit] as number;
    // A record whose place is impossible fails when it is asked for, not when its neighbours are.
    if (group === BAD_PLACE) throw this.#errors.get(unit);
    if (group === NO_GROUP) return NO_BYTES;
    const start = this.#starts[unit] as number;
    const end = this.#ends[unit] as number;
    const all = this.#bytes[group] as Uint8Array;
    const from = start - (this.#groups[group] as Group).start;
    const bytes = viewOf(all, from, from + end - start);
    const before = format.lead === 0 || start === format.begin ? undefined : all[from - 1];
    if (!format.frames(bytes, before)) throw frameError(format.source.name, index, start);
    return bytes;
  }

  #add(index: number, range: ByteRange | undefined, options: BatchOptions): void {
    const unit = this.#starts.push(range === undefined ? this.#format.begin : range.start) - 1;
    this.#ends.push(range === undefined ? this.#format.begin : range.end);
    this.#groupOf.push(NO_GROUP);
    if (range === undefined) return;
    try {
      const lead = checkFrame(this.#format, range, index);
      this.#groupOf[unit] = this.#group(range.start - lead, range.end, options);
    } catch (error) {
      this.#errors.set(unit, error);
      this.#groupOf[unit] = BAD_PLACE;
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

/** The chunk whose records include the one at `position`. @param heads Positions at which chunks begin */
function unitOf(heads: readonly number[], position: number): number {
  let low = 0;
  let high = heads.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((heads[middle] as number) <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** A buffer for the batches of one reader or iterator. */
export function batchScratch(): Scratch {
  return { buffer: platform.allocate(0) };
}
