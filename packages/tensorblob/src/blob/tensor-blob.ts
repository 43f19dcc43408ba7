import type { BatchOptions, RowIndices } from "../stream/batch.ts";
import type { Dtype } from "../values/dtype.ts";
import type { Tensor } from "../values/tensor.ts";
import type { TensorInput } from "../values/tensor-input.ts";
import { BlobHandle } from "./blob-handle.ts";
import { type ChangeOptions, type SweepOptions, sweepBlob, unlinkBlob } from "./change.ts";
import { type BlobMode, modeTraits } from "./mode.ts";
import { type BlobPlace, livePlace } from "./open-store.ts";
import { soughtPosition } from "./position.ts";
import { sliceIndices } from "./slice-indices.ts";
import type { ExtendOptions, TensorBlobOptions } from "./tensor-blob-options.ts";
import { runNow, runSoon } from "./twofold.ts";

/**
 * A blob of same-shaped tensors with the verbs of a file: a position that reads and writes move, six modes, and access
 * by number. Verbs come in pairs; the one that ends in "Sync" answers before it returns.
 */
export class TensorBlob
  implements Iterable<Tensor>, AsyncIterable<Tensor>, AsyncDisposable, Disposable
{
  readonly #handle: BlobHandle;

  private constructor(handle: BlobHandle) {
    this.#handle = handle;
  }

  /**
   * Opens a blob.
   *
   * Modes: `r` reads; `r+` reads, and writes over what is there and behind it; `a` and `a+` write at the end, as one of
   * any number of writers; `w` and `w+` replace the blob, which stays as it is until the first flush.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND` in modes other than w, `NTH_INVALID_VALUE` for a new blob without dtype
   * and shape, `NTH_CORRUPTION`, `NTH_LOCKED`, `NTH_READONLY`, `NTH_IO_ERROR`; {@link TypeError} for no mode
   */
  static async open(
    place: BlobPlace,
    mode: BlobMode | (string & {}) = "r",
    options: TensorBlobOptions = {},
  ): Promise<TensorBlob> {
    const handle = new BlobHandle(place, modeTraits(mode), options);
    await runSoon(handle.open());
    return new TensorBlob(handle);
  }

  /** {@link TensorBlob.open}, before it returns. */
  static openSync(
    place: BlobPlace,
    mode: BlobMode | (string & {}) = "r",
    options: TensorBlobOptions = {},
  ): TensorBlob {
    const handle = new BlobHandle(place, modeTraits(mode), options);
    runNow(handle.open());
    return new TensorBlob(handle);
  }

  /**
   * Removes a blob, in whatever state it is; answers `true`, also where there was none.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the folder holds files that are not the blob's, and nothing is
   * removed; `NTH_READONLY`, `NTH_LOCKED`, `NTH_IO_ERROR`
   */
  static async unlink(place: BlobPlace, options: ChangeOptions = {}): Promise<boolean> {
    return await runSoon(unlinkBlob(livePlace(place), options));
  }

  /** {@link TensorBlob.unlink}, before it returns. */
  static unlinkSync(place: BlobPlace, options: ChangeOptions = {}): boolean {
    return runNow(unlinkBlob(livePlace(place), options));
  }

  /**
   * Removes block files that no state names, which stopped programs left; answers their names. Opening a blob for
   * writing does so with those older than ten minutes.
   */
  static async sweep(place: BlobPlace, options: SweepOptions = {}): Promise<readonly string[]> {
    return await runSoon(sweepBlob(livePlace(place), options));
  }

  /** {@link TensorBlob.sweep}, before it returns. */
  static sweepSync(place: BlobPlace, options: SweepOptions = {}): readonly string[] {
    return runNow(sweepBlob(livePlace(place), options));
  }

  /** Path or URL of the blob. */
  get name(): string {
    return this.#handle.name;
  }

  get mode(): BlobMode {
    return this.#handle.traits.mode;
  }

  get dtype(): Dtype {
    return this.#handle.layout.dtype;
  }

  /** Sizes of the dimensions of one tensor. */
  get shape(): readonly number[] {
    return this.#handle.layout.shape;
  }

  /** Tensors, with those written and not flushed yet. */
  get length(): number {
    return this.#handle.length;
  }

  get closed(): boolean {
    return this.#handle.closed;
  }

  /** Number of the tensor that the next read or write is about. */
  tell(): number {
    return this.#handle.position;
  }

  /**
   * Moves the position, and answers it: at most to the end, at least to the beginning.
   *
   * @param whence What `offset` is counted from: 0 the beginning, 1 the position, 2 the end.
   */
  seek(offset: number, whence: 0 | 1 | 2 = 0): number {
    const { position, length } = this.#handle;
    this.#handle.position = soughtPosition(offset, whence, position, length);
    return this.#handle.position;
  }

  /**
   * Reads up to `size` tensors from the position on, as one with their number as its first dimension; `null` at the
   * end. The position moves behind them.
   *
   * @param size @default the rest
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` in a mode that does not read
   */
  read(size?: number, options?: BatchOptions): Promise<Tensor | null> {
    return runSoon(this.#handle.read(size, options));
  }

  /** {@link TensorBlob.read}, before it returns. */
  readSync(size?: number, options?: BatchOptions): Tensor | null {
    return runNow(this.#handle.read(size, options));
  }

  /**
   * Writes tensors at the position, which moves behind them, or at the end in modes a and a+. Any number of elements
   * that makes whole tensors is welcome. Answers how many tensors there were.
   *
   * @throws {@link NthrecError} `NTH_READONLY`, `NTH_INVALID_VALUE` for another type or no whole tensors, `NTH_IO_ERROR`
   */
  async write(tensors: TensorInput): Promise<number> {
    const rows = this.#handle.lend(tensors);
    return await runSoon(this.#handle.write(rows), () => rows.keep());
  }

  /** {@link TensorBlob.write}, before it returns. */
  writeSync(tensors: TensorInput): number {
    return runNow(this.#handle.write(this.#handle.lend(tensors)));
  }

  /** Reads one tensor; a negative number counts from the end. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` */
  get(index: number): Promise<Tensor> {
    return runSoon(this.#handle.get(index));
  }

  /** {@link TensorBlob.get}, before it returns. */
  getSync(index: number): Tensor {
    return runNow(this.#handle.get(index));
  }

  /** Reads `[start, end)` with a step, as one tensor: Python's slices, negative numbers and steps included. */
  slice(start?: number, end?: number, step?: number, options?: BatchOptions): Promise<Tensor> {
    return runSoon(this.#handle.gather(() => sliceIndices(this.length, start, end, step), options));
  }

  /** {@link TensorBlob.slice}, before it returns. */
  sliceSync(start?: number, end?: number, step?: number, options?: BatchOptions): Tensor {
    return runNow(this.#handle.gather(() => sliceIndices(this.length, start, end, step), options));
  }

  /** Reads the tensors at `indices`, in their order, as one; negative ones count from the end. */
  gather(indices: RowIndices, options?: BatchOptions): Promise<Tensor> {
    return runSoon(this.#handle.gather(() => indices, options));
  }

  /** {@link TensorBlob.gather}, before it returns. */
  gatherSync(indices: RowIndices, options?: BatchOptions): Tensor {
    return runNow(this.#handle.gather(() => indices, options));
  }

  /**
   * Keeps the tensors before `position`, and publishes that at once; answers the new length.
   *
   * @param position @default where the next read or write would be
   */
  truncate(position: number = this.tell()): Promise<number> {
    return runSoon(this.#handle.truncate(position));
  }

  /** {@link TensorBlob.truncate}, before it returns. */
  truncateSync(position: number = this.tell()): number {
    return runNow(this.#handle.truncate(position));
  }

  /** Appends all tensors of another blob of the same layout, at once or not at all; answers how many. */
  extend(other: TensorBlob, options?: ExtendOptions): Promise<number> {
    return runSoon(this.#handle.extend(other.#handle, options));
  }

  /** {@link TensorBlob.extend}, before it returns. */
  extendSync(other: TensorBlob, options?: ExtendOptions): number {
    return runNow(this.#handle.extend(other.#handle, options));
  }

  /** Looks at what others have published since. */
  refresh(): Promise<void> {
    return runSoon(this.#handle.refresh());
  }

  /** {@link TensorBlob.refresh}, before it returns. */
  refreshSync(): void {
    runNow(this.#handle.refresh());
  }

  /** Publishes what was written. */
  flush(): Promise<void> {
    return runSoon(this.#handle.flush());
  }

  /** {@link TensorBlob.flush}, before it returns. */
  flushSync(): void {
    runNow(this.#handle.flush());
  }

  /** Publishes what was written and lets go of the blob. Closing twice is no error. */
  close(): Promise<void> {
    return runSoon(this.#handle.close());
  }

  /** {@link TensorBlob.close}, before it returns. */
  closeSync(): void {
    runNow(this.#handle.close());
  }

  /** The tensors from the position on, which moves with them. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    for (let next = this.readSync(1); next !== null; next = this.readSync(1)) yield next.row(0);
  }

  /** The tensors from the position on, which moves with them. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Tensor> {
    for (let next = await this.read(1); next !== null; next = await this.read(1)) yield next.row(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}
