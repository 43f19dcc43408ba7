import { ByteWriter } from "../bytes/byte-writer.ts";
import { abortError, NthrecError, throwIfAborted } from "../errors.ts";
import type { JournalHost } from "../journal/journal-host.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import { close, openEntry, type StepPlan } from "../plan/step.ts";
import type { BaseIndexedReader } from "../reader/base-indexed-reader.ts";
import { formatOver } from "../reader/indexed-format.ts";
import type { ReaderClass } from "../reader/reader-class.ts";
import type { DataOutput, LocalOutput } from "../resolve/data-input.ts";
import { resolveEntry } from "../resolve/resolve.ts";
import type { LiveStore, StoreEntry } from "../store/byte-store.ts";
import type { AbortOptions, ReadPlan } from "../types.ts";
import { openPublisher } from "./open-publisher.ts";
import { backUp, checkTarget, type RepairOptions, type RepairReport, Salvage } from "./repair.ts";
import { valuesNow, valuesOf } from "./values.ts";
import { WriterCore, type WriterFormat } from "./writer-core.ts";
import type { WriterOptions } from "./writer-options.ts";

/** A concrete writer class, as `open` is called on it. */
export interface WriterClass<W, O extends WriterOptions = WriterOptions> {
  new (options?: O): W;
  /** The reader that can verify, rebuild and resume this writer's files. */
  readonly Reader: ReaderClass<BaseIndexedReader<unknown>>;
  /** Optional. Loads what writing needs; `open` and `repair` await it before a writer is made. */
  prepare?(): Promise<void>;
}

/** Bytes gathered before they are handed on. */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * Writes records so that each can be read by its number. A format subclasses it with `_append` and `_commit`;
 * files, index, sharing and recovery are here.
 */
export abstract class BaseIndexedWriter<T, O extends WriterOptions = WriterOptions>
  implements AsyncDisposable, Disposable
{
  protected readonly options: O;
  /**
   * Whether `_append` gathers records and writes them later, so that it must always be given the same output.
   */
  protected readonly gathers: boolean = false;
  #core: WriterCore<T> | undefined;
  #closed = false;
  /** A `close` under way. */
  #leaving: Promise<void> | undefined;

  /** Makes a writer that is not open; nothing is touched. Use `open`. */
  constructor(options?: O) {
    this.options = options ?? ({} as O);
  }

  /**
   * Opens a file for writing.
   *
   * @throws {@link NthrecError} `NTH_LOCKED`, `NTH_READONLY`, `NTH_NOT_SUPPORTED`, `NTH_TRUNCATED` (a torn tail with
   * `tornTail: "error"`), `NTH_INVALID_VALUE` (another format's file), `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  static async open<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: DataOutput,
    options?: P,
  ): Promise<W> {
    throwIfAborted(options?.signal);
    if (this.prepare !== undefined) await this.prepare();
    const plan = BaseIndexedWriter.#opening(this, data, options, false);
    return await runPlan(plan, { signal: options?.signal });
  }

  /** {@link BaseIndexedWriter.open}, before it returns; for local data. */
  static openSync<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: LocalOutput,
    options?: P,
  ): W {
    return runPlanSync(BaseIndexedWriter.#opening(this, data, options, true));
  }

  static *#opening<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    Writer: WriterClass<W, P>,
    data: DataOutput,
    options: P | undefined,
    sync: boolean,
  ): StepPlan<W> {
    const writer = new Writer(options);
    const base = writer as unknown as BaseIndexedWriter<unknown>;
    const { Reader } = Writer;
    const host = base.#host(Reader);
    const publisher = yield* openPublisher(data, base.options, host, Reader.indexSuffix);
    yield* publisher.open(sync);
    const highWater = base.options.highWaterMark ?? HIGH_WATER_BYTES;
    base.#core = new WriterCore(base.#format(), publisher, highWater);
    return writer;
  }

  /**
   * Keeps every whole record of a damaged file: writes them to a new file, or, with a backup, in its place.
   * Damage is passed where the format can find the next record. Answers what was lost, and where.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_LOCKED`, `NTH_READONLY`, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  static async repair<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: string | URL | StoreEntry,
    options: RepairOptions,
  ): Promise<RepairReport> {
    checkTarget(resolveEntry(data), options);
    throwIfAborted(options.signal);
    if (this.prepare !== undefined) await this.prepare();
    const plan = BaseIndexedWriter.#repairing(this, resolveEntry(data), options);
    return await runPlan(plan, { signal: options.signal });
  }

  static *#repairing<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    Writer: WriterClass<W, P>,
    entry: StoreEntry,
    options: RepairOptions,
  ): StepPlan<RepairReport> {
    const { to, inPlace, lock } = options;
    const source = yield* openEntry(entry.store, entry.name);
    try {
      const writer = yield* BaseIndexedWriter.#opening(Writer, to ?? entry, { lock } as P, false);
      const base = writer as unknown as BaseIndexedWriter<unknown>;
      const core = base.#open();
      let done = false;
      try {
        const salvage = new Salvage(source, base.#host(Writer.Reader), options, base.gathers);
        yield* salvage.run((frame, value) => core.keep((out) => base._copy(frame, value, out)));
        const backup = inPlace ? yield* backUp(entry as StoreEntry<LiveStore>) : undefined;
        yield* core.finish();
        done = true;
        return salvage.report(source.name, core.publisher.name, backup);
      } finally {
        if (!done) yield* core.publisher.close();
      }
    } finally {
      yield* close(source);
    }
  }

  /** Path or label of the data. */
  get name(): string {
    return this.#core?.publisher.name ?? "a writer that was never opened";
  }

  /** Records published, as far as this writer knows, and its own that are not published yet. */
  get length(): number {
    return this.#open().length;
  }

  get mode(): "write" | "append" {
    return this.options.mode ?? "write";
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Appends a record: it is encoded at once, in call order. In write and exclusive mode the answer, the record's
   * number, comes as soon as there is room for more; in shared mode when the record is published.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for what the format cannot hold, `NTH_NOT_OPEN`, `NTH_LOCKED`,
   * `NTH_IO_ERROR`, and `NTH_ABORTED`: an aborted wait does not take the record back
   */
  append(value: T, options?: AbortOptions): Promise<number> {
    try {
      throwIfAborted(options?.signal, this.name);
      const index = this.#open().append(value);
      if (typeof index === "number") return Promise.resolve(index);
      return options?.signal === undefined ? index : orAborted(index, options.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Appends a record before it returns, and, in shared mode, publishes it. */
  appendSync(value: T): number {
    return this.#open().appendSync(value);
  }

  /**
   * Appends many records, from any iterable or stream, in batches up to the high-water mark; each batch is
   * published whole or not at all. Answers how many there were.
   */
  async extend(
    values: Iterable<T> | AsyncIterable<T> | ReadableStream<T>,
    options?: AbortOptions,
  ): Promise<number> {
    throwIfAborted(options?.signal, this.name);
    const count = this.#open().extend(valuesOf(values), options?.signal);
    return options?.signal === undefined ? count : orAborted(count, options.signal);
  }

  /** {@link BaseIndexedWriter.extend}, before it returns. */
  extendSync(values: Iterable<T>): number {
    return this.#open().extendSync(valuesNow(values));
  }

  /** Publishes everything appended before the call; concurrent commits join one. */
  async commit(options?: AbortOptions): Promise<void> {
    throwIfAborted(options?.signal, this.name);
    const commit = this.#open().commit();
    await (options?.signal === undefined ? commit : orAborted(commit, options.signal));
  }

  /** {@link BaseIndexedWriter.commit}, before it returns. */
  commitSync(): void {
    this.#open().commitSync();
  }

  /** Another handle on this writer; the file is closed with the last handle. */
  share(): this {
    const core = this.#open();
    const Writer = this.constructor as new (options?: O) => this;
    const handle = new Writer(this.options);
    handle.#core = core;
    core.handles++;
    return handle;
  }

  /** Forgets what is not published and closes the writer for all its handles. */
  async abort(): Promise<void> {
    this.#closed = true;
    await this.#core?.abort();
  }

  /** Publishes what is pending and, with the last handle, closes the file. Closing twice is no error. */
  close(): Promise<void> {
    this.#leaving ??= this.#leave().finally(() => {
      this.#leaving = undefined;
    });
    return this.#leaving;
  }

  /** {@link BaseIndexedWriter.close}, before it returns. */
  closeSync(): void {
    const core = this.#core;
    if (this.#closed || core === undefined) return;
    if (!core.closed) core.commitSync(core.handles === 1);
    if (this.#release(core)) core.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  // ---- for implementers ------------------------------------------------------------------------------------

  /** Required. Encodes one record; throws `NTH_INVALID_VALUE` for what cannot be written. */
  protected abstract _append(value: T, out: ByteWriter): void;

  /**
   * Required. Completes the batch: flush a chunk, patch a count, write a footer.
   *
   * @param length Records in the file once the batch is published.
   * @param closing Whether the writer closes with it, so that the file must be whole.
   */
  protected abstract _commit(out: ByteWriter, length: number, closing: boolean): void;

  /**
   * Optional. Whether the file lacks something that only closing writes, after the last `_commit`. Then the last handle that closes
   * commits once more, with records or without.
   */
  protected get unfinished(): boolean {
    return false;
  }

  /**
   * Optional. Reads what it must of the committed state before this writer adds to it, and writes what comes
   * first, such as the header of an empty file. It runs again whenever another writer left that state.
   */
  protected *_resume(_reader: BaseIndexedReader<T>, _out: ByteWriter): ReadPlan<void> {}

  /**
   * Optional. Looks at bytes behind the last whole record when appending begins: answers the bytes that complete
   * them to a record, or `undefined` when they are torn.
   *
   * @param sealed Whether a seal says that the file had ended before them, so that another program left them.
   */
  protected _adopt(_rest: Uint8Array, _sealed: boolean): Uint8Array | undefined {
    return undefined;
  }

  /**
   * Optional, for repairs. Writes a whole record whose frame is known. Default: the frame as it is, or, in a format that
   * gathers records, the value.
   */
  protected _copy(frame: Uint8Array, value: T, out: ByteWriter): void {
    if (this.gathers) this._append(value, out);
    else out.bytes(frame);
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  #host(Reader: ReaderClass<BaseIndexedReader<unknown>>): JournalHost {
    const resumes = this._resume !== BaseIndexedWriter.prototype._resume;
    return {
      format: Reader.format,
      reader: (source, tail) => formatOver(Reader, source, undefined, tail).hooks,
      adopt: (rest, sealed) => this._adopt(rest, sealed),
      resume: resumes
        ? (reader, out) => this._resume(reader.owner as BaseIndexedReader<T>, out)
        : undefined,
      commit: (out, length, closing) => this._commit(out, length, closing),
    };
  }

  #format(): WriterFormat<T> {
    return {
      gathers: this.gathers,
      append: (value, out) => this._append(value, out),
      unfinished: () => this.unfinished,
      drop: () => {
        if (this.gathers) this._commit(new ByteWriter(), 0, false);
      },
    };
  }

  #open(): WriterCore<T> {
    if (this.#core === undefined || this.#closed || this.#core.closed) {
      throw new NthrecError("NTH_NOT_OPEN", `the writer of ${this.name} is closed`, {
        source: this.name,
      });
    }
    return this.#core;
  }

  async #leave(): Promise<void> {
    const core = this.#core;
    if (this.#closed || core === undefined) return;
    // A commit that fails leaves the writer open: it can be tried again, or given up with abort().
    if (!core.closed) await core.commit(core.handles === 1);
    if (this.#release(core)) await core.close();
  }

  /** Gives the handle up; answers whether it was the last. Nothing waits in here, so of several only one is. */
  #release(core: WriterCore<T>): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    core.handles--;
    return core.handles === 0;
  }
}

/** The answer, or `NTH_ABORTED` as soon as the signal fires. */
function orAborted<R>(answer: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal));
    signal.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
