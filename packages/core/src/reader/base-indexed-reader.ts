import { platform } from "#platform";
import { notOpen, throwIfAborted } from "../errors.ts";
import type { FormatHooks, TailPolicy } from "../offsets/format-hooks.ts";
import { cut } from "../offsets/record-sequence.ts";
import { runPlan, runPlanSync, syncSource } from "../plan/run-plan.ts";
import type { Scratch, StepPlan } from "../plan/step.ts";
import type { DataInput, LocalInput } from "../resolve/data-input.ts";
import { type Resolved, resolveInput } from "../resolve/resolve.ts";
import { type ByteSource, isSyncSource, type SyncByteSource } from "../source/byte-source.ts";
import type { AbortOptions, ByteRange } from "../types.ts";
import { checkIndex, located, numbersOf, type RecordAccess } from "./access.ts";
import type { FollowOptions } from "./follow.ts";
import { formatOver, IndexedFormat } from "./indexed-format.ts";
import { openSnapshot } from "./open-snapshot.ts";
import { readMany } from "./read-many.ts";
import {
  isPassing,
  locateNow,
  locateRecord,
  NO_BYTES,
  readBytes,
  readRecord,
  readRecordNow,
} from "./read-record.ts";
import type { ReaderClass } from "./reader-class.ts";
import type { ReaderHome } from "./reader-home.ts";
import type { ReaderOptions } from "./reader-options.ts";
import { ReaderState, type ReaderTraits } from "./reader-state.ts";
import { AsyncRecords, runsOf, SyncRecords } from "./record-iterators.ts";
import { RecordSlice } from "./record-slice.ts";
import type { Snapshot } from "./snapshot.ts";
import { type VerifyOptions, type VerifyReport, verifySnapshot } from "./verify.ts";

/** A friend of the rooms above: where the data of a reader lie; `undefined` for what is no reader of this class. */
export let homeOf: (reader: object) => ReaderHome | undefined;

/** Another one: the snapshots of a reader, `undefined` for what is no reader of this class. */
export let accessOf: (reader: object) => RecordAccess<unknown> | undefined;

/** Bytes of the buffer that single reads share. */
const SCRATCH_BYTES = 64 * 1024;

/**
 * Reads the n-th record of a file. A format subclasses it with `_buildIndex` and `_get`; everything else, from
 * opening to views, is here.
 */
export abstract class BaseIndexedReader<T, O extends ReaderOptions = ReaderOptions>
  extends IndexedFormat<T, O>
  implements AsyncDisposable, Disposable, Iterable<T>, AsyncIterable<T>
{
  /** Absent from an object that only gives hooks to another one. */
  #state: ReaderState<T> | undefined;
  /** The buffer of single reads; taken while in use, for a decoder may call the reader again. */
  #scratch: Scratch | undefined;

  static {
    accessOf = (reader) => (#state in reader ? reader.#open : undefined);
    homeOf = (reader) => {
      if (!(#state in reader)) return undefined;
      const state: ReaderState<unknown> = reader.#open;
      return { ...state.resolved, size: state.snapshot().format.source.size };
    };
  }

  /**
   * Opens data and makes its records addressable.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_TRUNCATED`, `NTH_CORRUPTION`, `NTH_INDEX_MISSING`,
   * `NTH_INDEX_STALE`, `NTH_INDEX_INVALID`, `NTH_INDEX_FOREIGN`, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  static async open<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R> {
    throwIfAborted(options?.signal);
    if (this.prepare !== undefined) await this.prepare();
    const resolved = resolveInput(data, options?.http);
    const plan = BaseIndexedReader.#opening(this, resolved, options);
    return await runPlan(plan, { signal: options?.signal });
  }

  /** {@link BaseIndexedReader.open}, before it returns; for local data. */
  static openSync<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: LocalInput,
    options?: P,
  ): R {
    const resolved = resolveInput(data, options?.http);
    return runPlanSync(BaseIndexedReader.#opening(this, resolved, options));
  }

  static *#opening<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    Reader: ReaderClass<R, P>,
    resolved: Resolved,
    options: P | undefined,
  ): StepPlan<R> {
    // The reader that the caller gets is also the format object of its first snapshot.
    let reader: R | undefined;
    const make = (source: ByteSource, tail: TailPolicy | undefined): FormatHooks<unknown> => {
      const made = formatOver(Reader, source, options, tail);
      reader = made.format;
      return made.hooks;
    };
    const traits: ReaderTraits<unknown> = { indexSuffix: Reader.indexSuffix, make };
    const snapshot = yield* openSnapshot(resolved, options ?? {}, traits);
    const opened = reader as unknown as R;
    opened.#state = new ReaderState(resolved, snapshot, options ?? {}, traits);
    return opened;
  }

  /** Path, URL or label of the data. */
  get name(): string {
    return this.#state?.latest.format.source.name ?? this.source.name;
  }

  /** Records. */
  get length(): number {
    return this.#open.snapshot().length;
  }

  /** Whether the verbs that end in "Sync" and `for…of` work on this data. */
  get sync(): boolean {
    return isSyncSource(this.#open.snapshot().format.source);
  }

  get closed(): boolean {
    return this.#state?.closed === true;
  }

  /** The bytes of the snapshot that verbs answer from now, for a format with reads of its own. */
  protected get data(): ByteSource {
    return this.#open.snapshot().format.source;
  }

  /** {@link BaseIndexedReader.data}, or `undefined` for an object that only gives hooks to another one. */
  protected get snapshotSource(): ByteSource | undefined {
    return this.#state?.latest.format.source;
  }

  /**
   * Reads record `index`, `0 ≤ index < length`.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_CORRUPTION`, `NTH_DECODE_ERROR`, `NTH_NOT_OPEN`,
   * `NTH_INDEX_STALE`, `NTH_SHORT_READ`, `NTH_SOURCE_CHANGED`, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  get(index: number, options?: AbortOptions): Promise<T> {
    try {
      const state = this.#open;
      const snapshot = state.having(index, options?.signal);
      const { source } = snapshot.format;
      if (isSyncSource(source)) {
        const range = locateNow(snapshot, index);
        // A cached chunk needs no bytes: 0 of them may always be read in place.
        const size = range ? range.end - range.start : 0;
        if (range !== null && (source.mayInline?.(size) ?? true)) {
          return this.#getSoon(state, snapshot, source, range, index, options?.signal);
        }
      }
      return state.run(snapshot, readRecord(state, snapshot, index), options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** {@link BaseIndexedReader.get}, before it returns. @throws {@link NthrecError} also `NTH_NOT_SUPPORTED` */
  getSync(index: number): T {
    const state = this.#open;
    const snapshot = state.having(index);
    const source = syncSource(snapshot.format.source);
    const range = locateNow(snapshot, index);
    if (range !== null) {
      try {
        return this.#getNow(snapshot, source, range, index);
      } catch (error) {
        if (!isPassing(error, snapshot)) throw error;
      }
    }
    return runPlanSync(readRecord(state, snapshot, index));
  }

  /** Reads a record as `Array.prototype.at` does: negative numbers count from the end, `undefined` outside. */
  async at(index: number, options?: AbortOptions): Promise<T | undefined> {
    const absolute = this.#open.relative(index);
    throwIfAborted(options?.signal, this.name);
    return absolute === undefined ? undefined : this.get(absolute, options);
  }

  /** {@link BaseIndexedReader.at}, before it returns. */
  atSync(index: number): T | undefined {
    const absolute = this.#open.relative(index);
    return absolute === undefined ? undefined : this.getSync(absolute);
  }

  /** Reads many records in the order of `indices`; neighbouring ranges travel together. */
  async getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]> {
    const list = numbersOf(indices);
    const state = this.#open;
    const snapshot = state.havingAll(list, options?.signal);
    const scratch = state.takeBuffer();
    const plan = readMany(state, snapshot, list, scratch);
    const records = await state.run(snapshot, plan, options?.signal);
    // Not after a failure: another read may still be filling it.
    state.keepBuffer(scratch);
    return records;
  }

  /** {@link BaseIndexedReader.getMany}, before it returns. */
  getManySync(indices: Iterable<number>): T[] {
    const list = numbersOf(indices);
    const state = this.#open;
    const snapshot = state.havingAll(list);
    syncSource(snapshot.format.source);
    const scratch = state.takeBuffer();
    try {
      return runPlanSync(readMany(state, snapshot, list, scratch));
    } finally {
      state.keepBuffer(scratch);
    }
  }

  /**
   * A lazy view of `[start, end)` with a step, which may be negative: as `Array.prototype.slice` for positive
   * steps, as Python's slices for negative ones. Nothing is read.
   */
  slice(start?: number, end?: number, step = 1): RecordSlice<T> {
    const state = this.#open;
    return new RecordSlice<T>(this, runsOf(state), cut(state.all(), start, end, step));
  }

  /** Iterates in the calling thread; needs data that answers at once. */
  [Symbol.iterator](): IterableIterator<T> {
    return new SyncRecords(this.#open, this.#open.all());
  }

  /** Iterates with bounded read-ahead. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  /** Iterates as `for await` does, with options. */
  values(options: AbortOptions = {}): AsyncIterableIterator<T> {
    return new AsyncRecords(this.#open, this.#open.all(), options.signal);
  }

  /** Reads the raw bytes of a record's frame. */
  async getBytes(index: number, options?: AbortOptions): Promise<Uint8Array> {
    const state = this.#open;
    const snapshot = state.having(index, options?.signal);
    return await state.run(snapshot, readBytes(state, snapshot, index), options?.signal);
  }

  /** {@link BaseIndexedReader.getBytes}, before it returns. */
  getBytesSync(index: number): Uint8Array {
    const state = this.#open;
    return runPlanSync(readBytes(state, state.having(index), index));
  }

  /** Finds the bytes that a record's frame takes; an empty range where its chunk is in memory. */
  async locate(index: number, options?: AbortOptions): Promise<ByteRange> {
    const state = this.#open;
    const snapshot = state.having(index, options?.signal);
    const range = await state.run(snapshot, locateRecord(snapshot, index), options?.signal);
    return range ?? { start: 0, end: 0 };
  }

  /** {@link BaseIndexedReader.locate}, before it returns. */
  locateSync(index: number): ByteRange {
    return runPlanSync(locateRecord(this.#open.having(index), index)) ?? { start: 0, end: 0 };
  }

  /** Looks for damage in data and index, and reports it; never throws for what it finds. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const state = this.#open;
    const snapshot = state.snapshot();
    const plan = verifySnapshot(state, snapshot, options.level ?? "sample");
    return await state.run(snapshot, plan, options.signal);
  }

  /** {@link BaseIndexedReader.verify}, before it returns. */
  verifySync(options: VerifyOptions = {}): VerifyReport {
    const state = this.#open;
    return runPlanSync(verifySnapshot(state, state.snapshot(), options.level ?? "sample"));
  }

  /** Scans the data again and replaces the offsets, in memory and, where it can be written, in the index file. */
  async rebuildIndex(options: AbortOptions = {}): Promise<void> {
    await this.#open.reopenInTurn(true, options);
  }

  /** {@link BaseIndexedReader.rebuildIndex}, before it returns. */
  rebuildIndexSync(): void {
    runPlanSync(this.#open.reopen(true));
  }

  /** Makes records visible that were committed since the reader was opened. */
  async refresh(options: AbortOptions = {}): Promise<void> {
    await this.#open.reopenInTurn(false, options);
  }

  /** {@link BaseIndexedReader.refresh}, before it returns. */
  refreshSync(): void {
    runPlanSync(this.#open.reopen(false));
  }

  /**
   * Delivers every record from `from` on that is committed, now and later, each once: waits for writers, survives
   * their restarts, and ends only with an error, the signal, or the loop's `break`.
   *
   * @throws {@link NthrecError} `NTH_TRUNCATED`, `NTH_SOURCE_CHANGED` (see `onReplaced`), `NTH_NOT_SUPPORTED` for data
   * that cannot grow, `NTH_OUT_OF_RANGE`
   */
  async *follow(options: FollowOptions = {}): AsyncGenerator<T, void, undefined> {
    const state = this.#open;
    const snapshot = state.snapshot();
    const resolved = state.growing();
    const { from = snapshot.length, signal } = options;
    if (from !== snapshot.length) checkIndex(from, snapshot.length, this.name);
    const release = state.hold(snapshot);
    try {
      const { follow } = await import("./follow.ts");
      const first = this.slice(from, snapshot.length).values({ signal });
      const make = (source: ByteSource) => state.make(source, "ignore");
      yield* follow({ resolved, options: this.options, make }, options, snapshot, first);
    } finally {
      release();
    }
  }

  /** Closes the reader; every later verb fails with `NTH_NOT_OPEN`. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#state?.close();
  }

  /** {@link BaseIndexedReader.close}, before it returns. */
  closeSync(): void {
    this.#state?.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** The format object over the snapshot in force: `this` until a refresh makes another one. */
  protected get current(): this {
    return (this.#state?.latest.format.owner ?? this) as this;
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  get #open(): ReaderState<T> {
    if (this.#state === undefined) throw notOpen(this.name);
    return this.#state;
  }

  #getNow(
    snapshot: Snapshot<T>,
    source: SyncByteSource,
    range: ByteRange | undefined,
    index: number,
  ): T {
    const { format } = snapshot;
    const scratch = this.#scratch ?? { buffer: platform.allocate(SCRATCH_BYTES) };
    this.#scratch = undefined;
    try {
      if (range === undefined) return format.get(NO_BYTES, index);
      return readRecordNow(format, source, range, index, scratch);
    } catch (error) {
      throw located(error, source.name, index, range?.start ?? format.begin);
    } finally {
      this.#scratch = scratch;
    }
  }

  /** `#getNow` for a caller who waits: offsets that must be found anew are found without keeping the event loop. */
  #getSoon(
    state: ReaderState<T>,
    snapshot: Snapshot<T>,
    source: SyncByteSource,
    range: ByteRange | undefined,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    try {
      return Promise.resolve(this.#getNow(snapshot, source, range, index));
    } catch (error) {
      if (!isPassing(error, snapshot)) throw error;
      return state.run(snapshot, readRecord(state, snapshot, index), signal);
    }
  }
}
