import { throwIfAborted } from "../errors.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import { close, type StepPlan } from "../plan/step.ts";
import type { DataInput, LocalInput } from "../resolve/data-input.ts";
import { resolveEntry } from "../resolve/resolve.ts";
import type { HttpOptions } from "../source/http-options.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import type { AbortOptions } from "../types.ts";
import { checkMagic, DEFAULT_MAGIC, type IndexVerdict } from "./idv1.ts";
import { IndexCore } from "./index-core.ts";
import { inspectIndex } from "./index-file.ts";
import type { IndexReport, VerifyLevel } from "./index-report.ts";
import { type IndexHandlerOptions, type IndexMode, openIndex } from "./open-index.ts";

/** How the header of an index is looked at. */
export interface IndexCheckOptions extends AbortOptions {
  /** @default "IDV1" */
  readonly magic?: string | undefined;
  /** How http(s) URLs are fetched. */
  readonly http?: HttpOptions | undefined;
}

/** How an index is verified. */
export interface IndexVerifyOptions extends AbortOptions {
  /** @default "sample" */
  readonly level?: VerifyLevel | undefined;
  /** Bytes of the data. @default what the header states */
  readonly dataSize?: number | undefined;
}

/**
 * An index file on its own: the header that ties it to its data, and the offset of every record, by number.
 * Readers and writers keep their index themselves; this is for tools, and for arrays of numbers of any other use.
 */
export class IndexHandler
  implements Iterable<number>, AsyncIterable<number>, AsyncDisposable, Disposable
{
  /** How it was opened. */
  readonly mode: IndexMode;
  readonly #core: IndexCore;

  private constructor(core: IndexCore, mode: IndexMode = "r") {
    this.#core = core;
    this.mode = mode;
  }

  /**
   * Opens an index file. One whose end is torn is read up to its last whole offset, and cut there when it is changed.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_INDEX_FOREIGN`, `NTH_INDEX_INVALID`, `NTH_READONLY`,
   * `NTH_NOT_SUPPORTED`, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  static async open(index: DataInput, options: IndexHandlerOptions = {}): Promise<IndexHandler> {
    const { mode, signal } = options;
    throwIfAborted(signal);
    const opened = await runPlan(openIndex(index, options), { signal });
    return new IndexHandler(new IndexCore(opened), mode);
  }

  /** {@link IndexHandler.open}, before it returns; for local files. */
  static openSync(index: LocalInput, options: IndexHandlerOptions = {}): IndexHandler {
    return new IndexHandler(new IndexCore(runPlanSync(openIndex(index, options))), options.mode);
  }

  /** Judges an index file, which may be missing or anything, against the size of its data in bytes. */
  static async check(
    index: string | URL | StoreEntry,
    dataSize: number,
    options: IndexCheckOptions = {},
  ): Promise<IndexVerdict> {
    const { signal } = options;
    throwIfAborted(signal);
    return await runPlan(judge(index, dataSize, options), { signal });
  }

  /** {@link IndexHandler.check}, before it returns. */
  static checkSync(
    index: string | URL | StoreEntry,
    dataSize: number,
    options: IndexCheckOptions = {},
  ): IndexVerdict {
    return runPlanSync(judge(index, dataSize, options));
  }

  /** Path, URL or label of the index. */
  get name(): string {
    return this.#core.name;
  }

  /** Offsets in the index. */
  get length(): number {
    return this.#core.length;
  }

  /** Size of the data that the header states, bytes; 0 while it states none. */
  get dataSize(): number {
    return this.#core.dataSize;
  }

  get closed(): boolean {
    return this.#core.closed;
  }

  /** Judges the header against the size of the data; while the index is written, as the next commit leaves it. */
  checkHeader(dataSize: number): IndexVerdict {
    return this.#core.verdict(dataSize);
  }

  /** Commits, and makes the header say for how many bytes of data the offsets are. */
  async writeHeader(dataSize: number): Promise<void> {
    this.#core.state(dataSize);
    await runPlan(this.#core.save());
  }

  /** {@link IndexHandler.writeHeader}, before it returns. */
  writeHeaderSync(dataSize: number): void {
    this.#core.state(dataSize);
    runPlanSync(this.#core.save());
  }

  /**
   * Reads offset `index`, `0 ≤ index < length`.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_NOT_OPEN`, `NTH_INDEX_INVALID`, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  async get(index: number, options?: AbortOptions): Promise<number> {
    this.#core.check(index);
    throwIfAborted(options?.signal, this.name);
    return this.#core.has(index)
      ? this.#core.at(index)
      : await runPlan(this.#core.read(index), { signal: options?.signal });
  }

  /** {@link IndexHandler.get}, before it returns. */
  getSync(index: number): number {
    this.#core.check(index);
    return this.#core.has(index) ? this.#core.at(index) : runPlanSync(this.#core.read(index));
  }

  /** Reads the offsets that `[start:end:step]` names, as the slices of a reader do. */
  async slice(start?: number, end?: number, step = 1, options?: AbortOptions): Promise<number[]> {
    return await runPlan(this.#core.slice(start, end, step), { signal: options?.signal });
  }

  /** {@link IndexHandler.slice}, before it returns. */
  sliceSync(start?: number, end?: number, step = 1): number[] {
    return runPlanSync(this.#core.slice(start, end, step));
  }

  /** The offsets from `start` on, for `for…of` and `for await…of`; those appended meanwhile included. */
  scan(start = 0): Iterable<number> & AsyncIterable<number> {
    const index = this;
    return {
      *[Symbol.iterator]() {
        for (let i = start; i < index.length; i++) yield index.getSync(i);
      },
      async *[Symbol.asyncIterator]() {
        for (let i = start; i < index.length; i++) yield await index.get(i);
      },
    };
  }

  [Symbol.iterator](): Iterator<number> {
    return this.scan()[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return this.scan()[Symbol.asyncIterator]();
  }

  /**
   * Replaces offset `index` in the file; it must stay between its neighbours.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_INVALID_VALUE`, `NTH_READONLY`, `NTH_NOT_OPEN`, `NTH_IO_ERROR`
   */
  async put(index: number, offset: number): Promise<void> {
    await runPlan(this.#core.put(index, offset));
  }

  /** {@link IndexHandler.put}, before it returns. */
  putSync(index: number, offset: number): void {
    runPlanSync(this.#core.put(index, offset));
  }

  /** Replaces several offsets, one after another. */
  async putMany(entries: Iterable<readonly [index: number, offset: number]>): Promise<void> {
    for (const [index, offset] of entries) await this.put(index, offset);
  }

  /** {@link IndexHandler.putMany}, before it returns. */
  putManySync(entries: Iterable<readonly [index: number, offset: number]>): void {
    for (const [index, offset] of entries) this.putSync(index, offset);
  }

  /** Adds an offset behind the last one; the next commit writes it. Answers its number. */
  async append(offset: number): Promise<number> {
    return this.#core.append(offset);
  }

  /** {@link IndexHandler.append}, before it returns. */
  appendSync(offset: number): number {
    return this.#core.append(offset);
  }

  /** Adds many offsets; answers how many there were. */
  async extend(offsets: Iterable<number> | AsyncIterable<number>): Promise<number> {
    let count = 0;
    for await (const offset of offsets) {
      this.#core.append(offset);
      count++;
    }
    return count;
  }

  /** {@link IndexHandler.extend}, before it returns. */
  extendSync(offsets: Iterable<number>): number {
    let count = 0;
    for (const offset of offsets) {
      this.#core.append(offset);
      count++;
    }
    return count;
  }

  /** Looks for damage, in the header and in the order of the offsets, and reports it. */
  async verify(options: IndexVerifyOptions = {}): Promise<IndexReport> {
    const { level = "sample", dataSize, signal } = options;
    return await runPlan(this.#core.verify(level, dataSize), { signal });
  }

  /** {@link IndexHandler.verify}, before it returns. */
  verifySync({ level = "sample", dataSize }: IndexVerifyOptions = {}): IndexReport {
    return runPlanSync(this.#core.verify(level, dataSize));
  }

  /** Writes the offsets that are not in the file yet, and then the header; mode `"w"` puts a new file into place. */
  async commit(): Promise<void> {
    await runPlan(this.#core.save());
  }

  /** {@link IndexHandler.commit}, before it returns. */
  commitSync(): void {
    runPlanSync(this.#core.save());
  }

  /** Commits and closes. Closing twice is no error. */
  async close(): Promise<void> {
    await runPlan(this.#core.close());
  }

  /** {@link IndexHandler.close}, before it returns. */
  closeSync(): void {
    runPlanSync(this.#core.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}

function* judge(
  index: string | URL | StoreEntry,
  dataSize: number,
  { magic = DEFAULT_MAGIC, http }: IndexCheckOptions,
): StepPlan<IndexVerdict> {
  const file = yield* inspectIndex(resolveEntry(index, http), dataSize, checkMagic(magic));
  if (file.source !== undefined) yield* close(file.source);
  return file.verdict;
}
