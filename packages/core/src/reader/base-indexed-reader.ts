import { platform } from "#platform";
import { NthrecError, throwIfAborted } from "../errors.ts";
import type { FormatHooks, TailPolicy } from "../offsets/format-hooks.ts";
import type { OffsetPages } from "../offsets/page-cache.ts";
import { cut, type RecordSequence } from "../offsets/record-sequence.ts";
import { runPlan, runPlanSync, syncSource } from "../plan/run-plan.ts";
import { close, type Scratch, type StepPlan } from "../plan/step.ts";
import type { DataInput, LocalInput } from "../resolve/data-input.ts";
import { type Resolved, resolveInput } from "../resolve/resolve.ts";
import { type ByteSource, isSyncSource, type SyncByteSource } from "../source/byte-source.ts";
import type { AbortOptions, ByteRange } from "../types.ts";
import { checkIndex, located, type RecordAccess } from "./access.ts";
import { batchScratch } from "./batch.ts";
import { privateSnapshot } from "./distrust.ts";
import type { FollowOptions } from "./follow.ts";
import { type FormatClass, formatOver, IndexedFormat } from "./indexed-format.ts";
import { isLagging } from "./lagging.ts";
import { Leases } from "./leases.ts";
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
import type { ReaderHome } from "./reader-home.ts";
import type { ReaderOptions } from "./reader-options.ts";
import { AsyncRecords, runsOf, SyncRecords } from "./record-iterators.ts";
import { RecordSlice } from "./record-slice.ts";
import type { Snapshot } from "./snapshot.ts";
import { type VerifyOptions, type VerifyReport, verifySnapshot } from "./verify.ts";

/** A concrete reader class, as `open` is called on it. */
export interface ReaderClass<R, O extends ReaderOptions = ReaderOptions> {
  new (source: ByteSource, options?: O): R;
  readonly indexSuffix: string;
  readonly format: string;
}

/** A friend of the rooms above: where the data of a reader lie; `undefined` for what is no reader of this class. */
export let homeOf: (reader: object) => ReaderHome | undefined;

/** Another one: the snapshots of a reader, `undefined` for what is no reader of this class. */
export let accessOf: (reader: object) => RecordAccess<unknown> | undefined;

/** Bytes of the buffer that single reads share. */
const SCRATCH_BYTES = 64 * 1024;
/** Bytes of the largest buffer that is kept from one batch to the next. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** How often a verb looks whether another one has found the offsets anew, ms. */
const MENDING_POLL_MS = 2;

/**
 * Reads the n-th record of a file. A format subclasses it with `_buildIndex` and `_get`; everything else, from
 * opening to views, is here.
 */
export abstract class BaseIndexedReader<T, O extends ReaderOptions = ReaderOptions>
  extends IndexedFormat<T, O>
  implements AsyncDisposable, Disposable, Iterable<T>, AsyncIterable<T>
{
  #snapshot: Snapshot<T> | undefined;
  #resolved: Resolved | undefined;
  #closed = false;
  /** The buffers of single reads and of batches; taken while in use, for a decoder may call the reader again. */
  #scratch: Scratch | undefined;
  #batchScratch: Scratch | undefined;
  /** The snapshot whose offsets are being found anew. */
  #mending: Snapshot<T> | undefined;
  /** The last refresh or rebuild; they take turns. */
  #reopening: Promise<unknown> = Promise.resolve();
  readonly #leases: Leases = new Leases();
  readonly #access: RecordAccess<T> = {
    snapshot: () => this.#current(),
    distrust: (snapshot, index) => this.#distrust(snapshot, index),
    hold: (snapshot) => this.#leases.take(snapshot.opened),
  };

  static {
    accessOf = (reader) => (#access in reader ? reader.#access : undefined);
    homeOf = (reader) => {
      if (!(#resolved in reader)) return undefined;
      const { format } = reader.#current();
      const { entry, remote } = reader.#resolved as Resolved;
      return { entry, remote, size: format.source.size };
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
    const traits = { indexSuffix: Reader.indexSuffix, make };
    const snapshot = yield* openSnapshot(resolved, options ?? {}, traits);
    const opened = reader as unknown as R;
    opened.#resolved = resolved;
    opened.#snapshot = snapshot;
    return opened;
  }

  /** Path, URL or label of the data. */
  get name(): string {
    return this.#snapshot?.format.source.name ?? this.source.name;
  }

  /** Records. */
  get length(): number {
    return this.#current().length;
  }

  /** Whether the verbs that end in "Sync" and `for…of` work on this data. */
  get sync(): boolean {
    return isSyncSource(this.#current().format.source);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The bytes of the snapshot that verbs answer from now, for a format with reads of its own. */
  protected get data(): ByteSource {
    return this.#current().format.source;
  }

  /** {@link BaseIndexedReader.data}, or `undefined` for an object that only gives hooks to another one. */
  protected get snapshotSource(): ByteSource | undefined {
    return this.#snapshot?.format.source;
  }

  /**
   * Reads record `index`, `0 ≤ index < length`.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_CORRUPTION`, `NTH_DECODE_ERROR`, `NTH_NOT_OPEN`,
   * `NTH_INDEX_STALE`, `NTH_SHORT_READ`, `NTH_SOURCE_CHANGED`, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  get(index: number, options?: AbortOptions): Promise<T> {
    try {
      const snapshot = this.#check(index, options?.signal);
      const { source } = snapshot.format;
      if (isSyncSource(source)) {
        const range = locateNow(snapshot, index);
        // A cached chunk needs no bytes: 0 of them may always be read in place.
        if (
          range !== null &&
          (source.mayInline?.(range === undefined ? 0 : range.end - range.start) ?? true)
        ) {
          return this.#getSoon(snapshot, source, range, index, options?.signal);
        }
      }
      return this.#run(snapshot, readRecord(this.#access, snapshot, index), options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** {@link BaseIndexedReader.get}, before it returns. @throws {@link NthrecError} also `NTH_NOT_SUPPORTED` */
  getSync(index: number): T {
    const snapshot = this.#check(index);
    const source = syncSource(snapshot.format.source);
    const range = locateNow(snapshot, index);
    if (range !== null) {
      try {
        return this.#getNow(snapshot, source, range, index);
      } catch (error) {
        if (!isPassing(error, snapshot)) throw error;
      }
    }
    return runPlanSync(readRecord(this.#access, snapshot, index));
  }

  /** Reads a record as `Array.prototype.at` does: negative numbers count from the end, `undefined` outside. */
  async at(index: number, options?: AbortOptions): Promise<T | undefined> {
    const absolute = this.#relative(index);
    throwIfAborted(options?.signal, this.name);
    return absolute === undefined ? undefined : this.get(absolute, options);
  }

  /** {@link BaseIndexedReader.at}, before it returns. */
  atSync(index: number): T | undefined {
    const absolute = this.#relative(index);
    return absolute === undefined ? undefined : this.getSync(absolute);
  }

  /** Reads many records in the order of `indices`; neighbouring ranges travel together. */
  async getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]> {
    const list = Array.from(indices);
    const snapshot = this.#checkMany(list, options?.signal);
    const scratch = this.#takeBatchScratch();
    const plan = readMany(this.#access, snapshot, list, scratch);
    const records = await this.#run(snapshot, plan, options?.signal);
    // Not after a failure: another read may still be filling it.
    this.#keepBatchScratch(scratch);
    return records;
  }

  /** {@link BaseIndexedReader.getMany}, before it returns. */
  getManySync(indices: Iterable<number>): T[] {
    const list = Array.from(indices);
    const snapshot = this.#checkMany(list);
    syncSource(snapshot.format.source);
    const scratch = this.#takeBatchScratch();
    try {
      return runPlanSync(readMany(this.#access, snapshot, list, scratch));
    } finally {
      this.#keepBatchScratch(scratch);
    }
  }

  /**
   * A lazy view of `[start, end)` with a step, which may be negative: as `Array.prototype.slice` for positive
   * steps, as Python's slices for negative ones. Nothing is read.
   */
  slice(start?: number, end?: number, step = 1): RecordSlice<T> {
    return new RecordSlice<T>(this, runsOf(this.#access), cut(this.#all(), start, end, step));
  }

  /** Iterates in the calling thread; needs data that answers at once. */
  [Symbol.iterator](): IterableIterator<T> {
    return new SyncRecords(this.#access, this.#all());
  }

  /** Iterates with bounded read-ahead. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  /** Iterates as `for await` does, with options. */
  values(options: AbortOptions = {}): AsyncIterableIterator<T> {
    return new AsyncRecords(this.#access, this.#all(), options.signal);
  }

  /** Reads the raw bytes of a record's frame. */
  async getBytes(index: number, options?: AbortOptions): Promise<Uint8Array> {
    const snapshot = this.#check(index, options?.signal);
    return await this.#run(snapshot, readBytes(this.#access, snapshot, index), options?.signal);
  }

  /** {@link BaseIndexedReader.getBytes}, before it returns. */
  getBytesSync(index: number): Uint8Array {
    return runPlanSync(readBytes(this.#access, this.#check(index), index));
  }

  /** Finds the bytes that a record's frame takes; an empty range where its chunk is in memory. */
  async locate(index: number, options?: AbortOptions): Promise<ByteRange> {
    const snapshot = this.#check(index, options?.signal);
    const range = await this.#run(snapshot, locateRecord(snapshot, index), options?.signal);
    return range ?? { start: 0, end: 0 };
  }

  /** {@link BaseIndexedReader.locate}, before it returns. */
  locateSync(index: number): ByteRange {
    return runPlanSync(locateRecord(this.#check(index), index)) ?? { start: 0, end: 0 };
  }

  /** Looks for damage in data and index, and reports it; never throws for what it finds. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const snapshot = this.#current();
    const plan = verifySnapshot(this.#access, snapshot, options.level ?? "sample");
    return await this.#run(snapshot, plan, options.signal);
  }

  /** {@link BaseIndexedReader.verify}, before it returns. */
  verifySync(options: VerifyOptions = {}): VerifyReport {
    return runPlanSync(verifySnapshot(this.#access, this.#current(), options.level ?? "sample"));
  }

  /** Scans the data again and replaces the offsets, in memory and, where it can be written, in the index file. */
  async rebuildIndex(options: AbortOptions = {}): Promise<void> {
    await this.#reopenInTurn(true, options);
  }

  /** {@link BaseIndexedReader.rebuildIndex}, before it returns. */
  rebuildIndexSync(): void {
    runPlanSync(this.#reopen(true));
  }

  /** Makes records visible that were committed since the reader was opened. */
  async refresh(options: AbortOptions = {}): Promise<void> {
    await this.#reopenInTurn(false, options);
  }

  /** {@link BaseIndexedReader.refresh}, before it returns. */
  refreshSync(): void {
    runPlanSync(this.#reopen(false));
  }

  /**
   * Delivers every record from `from` on that is committed, now and later, each once: waits for writers, survives
   * their restarts, and ends only with an error, the signal, or the loop's `break`.
   *
   * @throws {@link NthrecError} `NTH_TRUNCATED`, `NTH_SOURCE_CHANGED` (see `onReplaced`), `NTH_NOT_SUPPORTED` for data
   * that cannot grow, `NTH_OUT_OF_RANGE`
   */
  async *follow(options: FollowOptions = {}): AsyncGenerator<T, void, undefined> {
    const snapshot = this.#current();
    const resolved = this.#resolved as Resolved;
    if (resolved.entry === undefined) {
      const message = `${this.name} cannot grow: only a file, an http(s) URL or an entry of a store can be followed`;
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: this.name });
    }
    const { from = snapshot.length, signal } = options;
    if (from !== snapshot.length) checkIndex(from, snapshot.length, this.name);
    const make = (source: ByteSource): FormatHooks<T> => this.#over(source, "ignore");
    const release = this.#leases.take(snapshot.opened);
    try {
      const { follow } = await import("./follow.ts");
      yield* this.slice(from, snapshot.length).values({ signal });
      yield* follow({ resolved, options: this.options, make }, options, snapshot);
    } finally {
      release();
    }
  }

  /** Closes the reader; every later verb fails with `NTH_NOT_OPEN`. Closing twice is no error. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#shut().map((source) => source.close()));
    for (const each of closed) if (each.status === "rejected") throw each.reason;
  }

  /** {@link BaseIndexedReader.close}, before it returns. */
  closeSync(): void {
    // What cannot be closed at once stays open, and the reader with it.
    if (this.#snapshot !== undefined && this.#owned) syncSource(this.#snapshot.opened);
    const failures: unknown[] = [];
    for (const source of this.#shut()) {
      try {
        syncSource(source).closeSync();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** The format object over the snapshot in force: `this` until a refresh makes another one. */
  protected get current(): this {
    return (this.#snapshot?.format.owner ?? this) as this;
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  #over(source: ByteSource, tail: TailPolicy | undefined): FormatHooks<T> {
    const Format = this.constructor as FormatClass<IndexedFormat<T, O>, O>;
    return formatOver(Format, source, this.options, tail).hooks as FormatHooks<T>;
  }

  #current(): Snapshot<T> {
    if (this.#closed || this.#snapshot === undefined) {
      throw new NthrecError("NTH_NOT_OPEN", `${this.name} is closed`, { source: this.name });
    }
    return this.#snapshot;
  }

  #check(index: number, signal?: AbortSignal): Snapshot<T> {
    const snapshot = this.#current();
    if (signal !== undefined) throwIfAborted(signal, this.name);
    checkIndex(index, snapshot.length, snapshot.format.source.name);
    return snapshot;
  }

  #checkMany(indices: readonly number[], signal?: AbortSignal): Snapshot<T> {
    const snapshot = this.#current();
    throwIfAborted(signal, this.name);
    for (const index of indices) checkIndex(index, snapshot.length, snapshot.format.source.name);
    return snapshot;
  }

  #relative(index: number): number | undefined {
    const { length } = this.#current();
    const from = Math.trunc(index) || 0;
    const absolute = from < 0 ? from + length : from;
    return absolute >= 0 && absolute < length ? absolute : undefined;
  }

  #all(): RecordSequence {
    return { start: 0, step: 1, count: this.#current().length, all: true };
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
      return this.#run(snapshot, readRecord(this.#access, snapshot, index), signal);
    }
  }

  /** Memory that was touched before takes bytes several times faster than new memory. */
  #takeBatchScratch(): Scratch {
    const scratch = this.#batchScratch ?? batchScratch();
    this.#batchScratch = undefined;
    return scratch;
  }

  /** Keeps a buffer for the next batch, unless a huge record made it huge. */
  #keepBatchScratch(scratch: Scratch): void {
    if (scratch.buffer.length <= KEPT_BYTES) this.#batchScratch = scratch;
  }

  /** Runs a plan over a snapshot that a refresh must not close meanwhile. */
  async #run<R>(snapshot: Snapshot<T>, plan: StepPlan<R>, signal?: AbortSignal): Promise<R> {
    const release = this.#leases.take(snapshot.opened);
    try {
      return await runPlan(plan, { signal });
    } finally {
      release();
    }
  }

  *#distrust(snapshot: Snapshot<T>, index: number): StepPlan<Snapshot<T>> {
    if (snapshot.own) return snapshot;
    // One verb finds the offsets for all who can wait.
    while (this.#mending === snapshot) {
      if (!(yield { op: "wait", milliseconds: MENDING_POLL_MS })) break;
    }
    const now = this.#current();
    if (now !== snapshot && now.opened === snapshot.opened) return now;
    const remote = this.#resolved?.remote === true;
    this.#mending = snapshot;
    try {
      const sound = yield* privateSnapshot(snapshot, index, this.options, remote);
      if (this.#snapshot === snapshot) {
        this.#snapshot = sound;
        this.#leases.retire(snapshot.opened, sourceOf(snapshot.pages));
      }
      return sound;
    } finally {
      this.#mending = undefined;
    }
  }

  /** What to open again: the same entry, or, over a network, the same file if it only grew. */
  *#renewed(before: Snapshot<T>, rebuild: boolean): StepPlan<Resolved> {
    const resolved = this.#resolved as Resolved;
    if (before.opened.reopen === undefined) return resolved;
    if (rebuild) return { ...resolved, source: before.opened };
    return { ...resolved, source: (yield { op: "reopen", source: before.opened }) as ByteSource };
  }

  async #reopenInTurn(rebuild: boolean, options: AbortOptions): Promise<void> {
    throwIfAborted(options.signal, this.name);
    this.#current();
    const turn = this.#reopening.then(() => runPlan(this.#reopen(rebuild), options));
    this.#reopening = turn.catch(() => {});
    await turn;
  }

  *#reopen(rebuild: boolean): StepPlan<void> {
    const before = this.#current();
    const resolved = yield* this.#renewed(before, rebuild);
    const Reader = this.constructor as ReaderClass<BaseIndexedReader<T, O>, O>;
    const make = (source: ByteSource, tail: TailPolicy | undefined) => this.#over(source, tail);
    const traits = { indexSuffix: Reader.indexSuffix, make };
    // A source that is in use already is not closed when this fails.
    const owned = resolved.owned && resolved.source !== before.opened;
    const after = yield* openSnapshot({ ...resolved, owned }, this.options, traits, { rebuild });
    // What was seen stays seen.
    const lags = !this.#closed && !rebuild && (yield* isLagging(this.#current(), after));
    if (this.#closed || lags) {
      if (owned) yield* close(after.opened);
      for (const index of sourceOf(after.pages)) yield* close(index);
      return;
    }
    const replaced = this.#current();
    this.#snapshot = after;
    const data = resolved.owned && after.opened !== replaced.opened ? [replaced.opened] : [];
    this.#leases.retire(replaced.opened, [...data, ...sourceOf(replaced.pages)]);
  }

  get #owned(): boolean {
    return this.#resolved?.owned === true || this.options.closeSource === true;
  }

  #shut(): ByteSource[] {
    if (this.#closed || this.#snapshot === undefined) return [];
    this.#closed = true;
    const { opened, pages } = this.#snapshot;
    return [...(this.#owned ? [opened] : []), ...sourceOf(pages), ...this.#leases.drain()];
  }
}

/** The index file that pages come from, if they do. */
function sourceOf(pages: OffsetPages | undefined): ByteSource[] {
  return pages?.source === undefined ? [] : [pages.source];
}
