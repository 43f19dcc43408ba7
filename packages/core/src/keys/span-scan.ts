import { isNthrecError } from "../errors.ts";
import type { FormatHooks, PlainFrames } from "../offsets/format-hooks.ts";
import { withPages } from "../offsets/page-cache.ts";
import { read, type Scratch, type StepPlan } from "../plan/step.ts";
import { accessOf } from "../reader/base-indexed-reader.ts";
import { isLie } from "../reader/read-record.ts";
import type { Snapshot } from "../reader/snapshot.ts";
import { isSyncSource } from "../source/byte-source.ts";
import type { KeyBuild } from "./key-build.ts";
import { type KeySpan, type KeySpanFinder, spanFinderOf } from "./key-span.ts";
import type { KeyableReader } from "./keyed-options.ts";

/** Bytes that are looked at in one piece, and records. */
const WINDOW_BYTES = 256 * 1024;
const WINDOW_RECORDS = 8192;

/** Finds the keys of records in large pieces of their data, where all that is needed for it is plain. */
export class SpanScan {
  readonly #snapshot: Snapshot<unknown>;
  readonly #format: FormatHooks;
  readonly #plain: PlainFrames;
  readonly #find: KeySpanFinder;
  readonly #release: () => void;
  readonly #scratch: Scratch = { buffer: new Uint8Array(0) };
  readonly #bounds = new Uint32Array(WINDOW_RECORDS + 1);
  readonly #span: KeySpan = { start: 0, end: 0 };

  private constructor(
    snapshot: Snapshot<unknown>,
    plain: PlainFrames,
    find: KeySpanFinder,
    release: () => void,
  ) {
    this.#snapshot = snapshot;
    this.#format = snapshot.format;
    this.#plain = plain;
    this.#find = find;
    this.#release = release;
  }

  /** A scan of a reader's records, `undefined` where they must be read one by one. */
  static of(reader: KeyableReader<unknown>, key: unknown): SpanScan | undefined {
    const find = spanFinderOf(key);
    const access = find && accessOf(reader);
    const snapshot = access?.snapshot();
    const plain = snapshot?.format.plain;
    if (find === undefined || access === undefined || plain === undefined) return undefined;
    if (snapshot === undefined || snapshot.format.lead !== 0) return undefined;
    // Elsewhere the next bytes should be on their way while these are looked at, as an iterator has it.
    if (!isSyncSource(snapshot.format.source)) return undefined;
    return new SpanScan(snapshot, plain, find, access.hold(snapshot));
  }

  /**
   * Gives the keys of a piece of records to a build, until that is full.
   *
   * @param taken Called for each record
   * @returns how many were taken; 0 where the next record must be read by itself
   */
  *run(index: number, total: number, build: KeyBuild, taken: () => void): StepPlan<number> {
    const { source } = this.#format;
    const stop = Math.min(total, this.#snapshot.length, index + WINDOW_RECORDS);
    const base = yield* withPages(this.#snapshot.pages, () => this.#format.offsets.at(index));
    const count = yield* withPages(this.#snapshot.pages, () => this.#measure(index, stop, base));
    if (count === 0) return 0;
    const end = base + (this.#bounds[count] as number);
    let window: Uint8Array;
    try {
      window = yield* read(source, base, end, this.#scratch);
    } catch (error) {
      // Reading the record by itself says what there is to say.
      if (!isNthrecError(error) || !isLie(error)) throw error;
      return 0;
    }
    const sound = this.#plain.check(window, this.#bounds, count);
    return this.#take(window, index, sound, build, taken);
  }

  /** Ends the use of the reader's data. */
  end(): void {
    this.#release();
  }

  #take(
    window: Uint8Array,
    index: number,
    count: number,
    build: KeyBuild,
    taken: () => void,
  ): number {
    const { before, behind } = this.#plain;
    const span = this.#span;
    for (let i = 0; i < count; i++) {
      const start = (this.#bounds[i] as number) + before;
      const end = (this.#bounds[i + 1] as number) - behind;
      if (build.full || !this.#find(window, start, end, span)) return i;
      if (!build.addBytes(window, span.start, span.end, index + i)) return i;
      taken();
    }
    return count;
  }

  /** Finds where the frames from `index` on lie behind `base`; answers how many of them are one piece. */
  #measure(index: number, stop: number, base: number): number {
    const { offsets, recordsEnd, begin, maxRecordBytes } = this.#format;
    const limit = Math.min(this.#format.source.size, recordsEnd, base + WINDOW_BYTES);
    const bounds = this.#bounds;
    if (base < begin) return 0;
    bounds[0] = 0;
    for (let i = index, last = base; i < stop; i++) {
      const next = i + 1 < offsets.length ? offsets.at(i + 1) : recordsEnd;
      if (next > limit || next <= last || next - last > maxRecordBytes) return i - index;
      bounds[i - index + 1] = next - base;
      last = next;
    }
    return stop - index;
  }
}
