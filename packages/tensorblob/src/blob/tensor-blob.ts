import { NthrecError, type StoreEntry, type WriterOptions } from "@nthrec/core";
import type { BlobFolder } from "../folder/blob-folder.ts";
import type { BlobConf } from "../folder/conf.ts";
import type { LiveTensorStore } from "../folder/live-tensor-store.ts";
import type { BlobStat } from "../folder/stat.ts";
import { type BatchOptions, type RowIndices, resolveIndices } from "../stream/batch.ts";
import { checkLayout } from "../stream/header.ts";
import type { Dtype } from "../values/dtype.ts";
import type { LayoutOptions } from "../values/layout.ts";
import { Tensor } from "../values/tensor.ts";
import { dataOf, type TensorInput } from "../values/tensor-input.ts";
import { type ChangeOptions, change, unlinkBlob } from "./change.ts";
import { type Extension, extended } from "./extension.ts";
import { type BlobMode, type ModeTraits, modeTraits } from "./mode.ts";
import { blobEntry, liveBlobEntry } from "./open-store.ts";
import { soughtPosition } from "./position.ts";
import { sliceIndices } from "./slice-indices.ts";
import { TensorBlobReader } from "./tensor-blob-reader.ts";
import { TensorBlobWriter } from "./tensor-blob-writer.ts";
import { act, type Course, runNow, runSoon } from "./twofold.ts";

/** Where a blob is: a path, a `file:` or http(s) URL, or an entry of a store that has folders. */
export type BlobPlace = string | URL | StoreEntry;

/** Options of {@link TensorBlob.open}. */
export interface TensorBlobOptions
  extends LayoutOptions,
    Pick<WriterOptions, "durability" | "lockTimeoutMs" | "onRecovery"> {
  /** Tensors in a block file, of a blob that is made. @default 8192 */
  readonly blockSize?: number | undefined;
  /** Block files kept open at a time. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
}

/** How {@link TensorBlob.extend} puts the other blob's tensors. */
export interface ExtendOptions {
  /**
   * Whether they follow this blob's in their order, each read and written. Else whole blocks are copied as files, and
   * this blob's last, partly filled block moves behind them. @default false
   */
  readonly maintainOrder?: boolean | undefined;
}

const COPY_BYTES = 4 * 1024 * 1024;

/**
 * A blob of same-shaped tensors with the verbs of a file: a position that reads and writes move, six modes, and access
 * by number. Verbs come in pairs; the one that ends in "Sync" answers before it returns.
 */
export class TensorBlob
  implements Iterable<Tensor>, AsyncIterable<Tensor>, AsyncDisposable, Disposable
{
  readonly #place: BlobPlace;
  readonly #options: TensorBlobOptions;
  readonly #traits: ModeTraits;
  #reader: TensorBlobReader | undefined;
  #writer: TensorBlobWriter | undefined;
  /** Whether tensors were written that the reader does not see yet. */
  #dirty = false;
  #position = 0;
  #closed = false;

  private constructor(place: BlobPlace, traits: ModeTraits, options: TensorBlobOptions) {
    this.#place = place;
    this.#traits = traits;
    this.#options = options;
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
    const blob = new TensorBlob(place, modeTraits(mode), options);
    await runSoon(blob.#opening());
    return blob;
  }

  /** {@link TensorBlob.open}, before it returns. */
  static openSync(
    place: BlobPlace,
    mode: BlobMode | (string & {}) = "r",
    options: TensorBlobOptions = {},
  ): TensorBlob {
    const blob = new TensorBlob(place, modeTraits(mode), options);
    runNow(blob.#opening());
    return blob;
  }

  /**
   * Removes a blob, in whatever state it is; answers `true`, also where there was none.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` when the folder holds files that are not the blob's, and nothing is
   * removed; `NTH_READONLY`, `NTH_LOCKED`, `NTH_IO_ERROR`
   */
  static async unlink(place: BlobPlace, options: ChangeOptions = {}): Promise<boolean> {
    return await runSoon(TensorBlob.#unlinking(place, options));
  }

  /** {@link TensorBlob.unlink}, before it returns. */
  static unlinkSync(place: BlobPlace, options: ChangeOptions = {}): boolean {
    return runNow(TensorBlob.#unlinking(place, options));
  }

  /**
   * Removes block files that no state names, which stopped programs left; answers their names. Opening a blob for
   * writing does so with those older than ten minutes.
   *
   * @param options `minimumAgeMs`: how old they must be; 0 is safe only while the original does not write. @default 0
   */
  static async sweep(
    place: BlobPlace,
    options: ChangeOptions & { readonly minimumAgeMs?: number | undefined } = {},
  ): Promise<readonly string[]> {
    return await runSoon(TensorBlob.#sweeping(place, options));
  }

  /** {@link TensorBlob.sweep}, before it returns. */
  static sweepSync(
    place: BlobPlace,
    options: ChangeOptions & { readonly minimumAgeMs?: number | undefined } = {},
  ): readonly string[] {
    return runNow(TensorBlob.#sweeping(place, options));
  }

  static #sweeping(
    place: BlobPlace,
    options: ChangeOptions & { readonly minimumAgeMs?: number | undefined },
  ): Course<readonly string[]> {
    const minimumAgeMs = options.minimumAgeMs ?? 0;
    return change(livePlace(place), options, (folder) => folder.sweep(minimumAgeMs));
  }

  static *#unlinking(place: BlobPlace, options: ChangeOptions): Course<boolean> {
    const entry = livePlace(place);
    const { store } = entry;
    if (!store.folderToChange().present) return true;
    return yield* unlinkBlob(entry, options);
  }

  /** Path or URL of the blob. */
  get name(): string {
    return this.#reader?.name ?? this.#writer?.name ?? String(this.#place);
  }

  get mode(): BlobMode {
    return this.#traits.mode;
  }

  get dtype(): Dtype {
    return this.#layout.dtype;
  }

  /** Sizes of the dimensions of one tensor. */
  get shape(): readonly number[] {
    return this.#layout.shape;
  }

  /** Tensors, with those written and not flushed yet. */
  get length(): number {
    this.#checkOpen();
    return this.#writer?.length ?? (this.#reader as TensorBlobReader).length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Number of the tensor that the next read or write is about. */
  tell(): number {
    this.#checkOpen();
    return this.#position;
  }

  /**
   * Moves the position, and answers it: at most to the end, at least to the beginning.
   *
   * @param whence What `offset` is counted from: 0 the beginning, 1 the position, 2 the end.
   */
  seek(offset: number, whence: 0 | 1 | 2 = 0): number {
    this.#position = soughtPosition(offset, whence, this.#position, this.length);
    return this.#position;
  }

  /**
   * Reads up to `size` tensors from the position on, as one with their number as its first dimension; `null` at the
   * end. The position moves behind them.
   *
   * @param size @default the rest
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` in a mode that does not read
   */
  read(size?: number, options?: BatchOptions): Promise<Tensor | null> {
    return runSoon(this.#reading(size, options));
  }

  /** {@link TensorBlob.read}, before it returns. */
  readSync(size?: number, options?: BatchOptions): Tensor | null {
    return runNow(this.#reading(size, options));
  }

  /**
   * Writes tensors at the position, which moves behind them, or at the end in modes a and a+. Any number of elements
   * that makes whole tensors is welcome. Answers how many tensors there were.
   *
   * @throws {@link NthrecError} `NTH_READONLY`, `NTH_INVALID_VALUE` for another type or no whole tensors, `NTH_IO_ERROR`
   */
  write(tensors: TensorInput): Promise<number> {
    return runSoon(this.#writing(tensors));
  }

  /** {@link TensorBlob.write}, before it returns. */
  writeSync(tensors: TensorInput): number {
    return runNow(this.#writing(tensors));
  }

  /** Reads one tensor; a negative number counts from the end. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` */
  get(index: number): Promise<Tensor> {
    return runSoon(this.#getting(index));
  }

  /** {@link TensorBlob.get}, before it returns. */
  getSync(index: number): Tensor {
    return runNow(this.#getting(index));
  }

  /** Reads `[start, end)` with a step, as one tensor: Python's slices, negative numbers and steps included. */
  slice(start?: number, end?: number, step?: number, options?: BatchOptions): Promise<Tensor> {
    return runSoon(this.#gathering(() => sliceIndices(this.length, start, end, step), options));
  }

  /** {@link TensorBlob.slice}, before it returns. */
  sliceSync(start?: number, end?: number, step?: number, options?: BatchOptions): Tensor {
    return runNow(this.#gathering(() => sliceIndices(this.length, start, end, step), options));
  }

  /** Reads the tensors at `indices`, in their order, as one; negative ones count from the end. */
  gather(indices: RowIndices, options?: BatchOptions): Promise<Tensor> {
    return runSoon(this.#gathering(() => indices, options));
  }

  /** {@link TensorBlob.gather}, before it returns. */
  gatherSync(indices: RowIndices, options?: BatchOptions): Tensor {
    return runNow(this.#gathering(() => indices, options));
  }

  /**
   * Keeps the tensors before `position`, and publishes that at once; answers the new length.
   *
   * @param position @default where the next read or write would be
   */
  truncate(position: number = this.tell()): Promise<number> {
    return runSoon(this.#truncating(position));
  }

  /** {@link TensorBlob.truncate}, before it returns. */
  truncateSync(position: number = this.tell()): number {
    return runNow(this.#truncating(position));
  }

  /** Appends all tensors of another blob of the same layout, at once or not at all; answers how many. */
  extend(other: TensorBlob, options?: ExtendOptions): Promise<number> {
    return runSoon(this.#extending(other, options));
  }

  /** {@link TensorBlob.extend}, before it returns. */
  extendSync(other: TensorBlob, options?: ExtendOptions): number {
    return runNow(this.#extending(other, options));
  }

  /** Looks at what others have published since. */
  refresh(): Promise<void> {
    return runSoon(this.#refreshing());
  }

  /** {@link TensorBlob.refresh}, before it returns. */
  refreshSync(): void {
    runNow(this.#refreshing());
  }

  /** Publishes what was written. */
  flush(): Promise<void> {
    return runSoon(this.#flushing());
  }

  /** {@link TensorBlob.flush}, before it returns. */
  flushSync(): void {
    runNow(this.#flushing());
  }

  /** Publishes what was written and lets go of the blob. Closing twice is no error. */
  close(): Promise<void> {
    return runSoon(this.#closing());
  }

  /** {@link TensorBlob.close}, before it returns. */
  closeSync(): void {
    runNow(this.#closing());
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

  // ---- courses ---------------------------------------------------------------------------------------------

  *#opening(): Course<void> {
    const { writable, replaces, appends } = this.#traits;
    if (!replaces) this.#reader = yield* this.#openReader();
    if (!writable) return;
    try {
      this.#writer = yield* this.#openWriter(replaces ? "write" : "append");
    } catch (error) {
      yield* this.#closing();
      throw error;
    }
    if (appends) this.#position = this.length;
  }

  #openWriter(mode: "write" | "append"): Course<TensorBlobWriter> {
    const { origin } = livePlace(this.#place);
    // Whoever replaces a blob has it for himself until he is done.
    const options = { ...this.#options, mode, exclusive: this.#traits.replaces };
    return act(
      () => TensorBlobWriter.open(origin, options),
      () => TensorBlobWriter.openSync(origin as StoreEntry<LiveTensorStore>, options),
    );
  }

  #openReader(): Course<TensorBlobReader> {
    const { maxCachedBlocks } = this.#options;
    return act(
      () => TensorBlobReader.open(this.#place, { maxCachedBlocks }),
      () => TensorBlobReader.openSync(this.#place as string, { maxCachedBlocks }),
    );
  }

  /** The reader, which sees everything that was written. */
  *#current(): Course<TensorBlobReader> {
    this.#checkOpen();
    if (this.#writer !== undefined && (this.#dirty || this.#reader === undefined)) {
      yield* this.#flushing();
      const reader = this.#reader;
      this.#reader ??= yield* this.#openReader();
      if (reader !== undefined) {
        yield* act(
          () => reader.refresh(),
          () => reader.refreshSync(),
        );
      }
      this.#dirty = false;
    }
    return this.#reader as TensorBlobReader;
  }

  *#reading(size: number | undefined, options?: BatchOptions): Course<Tensor | null> {
    this.#checkOpen();
    if (!this.#traits.readable) throw this.#notSupported("read");
    if (size !== undefined && !(Number.isInteger(size) && size >= 0)) {
      throw new TypeError(`${size} is no number of tensors`);
    }
    const reader = yield* this.#current();
    const start = this.#position;
    const end = Math.min(reader.length, start + (size ?? reader.length));
    if (size !== 0 && end <= start) return null;
    const tensors = yield* act(
      () => reader.readRange(start, end, options),
      () => reader.readRangeSync(start, end, options),
    );
    this.#position = end;
    return tensors;
  }

  *#getting(index: number): Course<Tensor> {
    const reader = yield* this.#current();
    const [place = 0] = resolveIndices([index], reader.length, reader.name);
    return yield* act(
      () => reader.get(place),
      () => reader.getSync(place),
    );
  }

  *#gathering(indices: () => RowIndices, options?: BatchOptions): Course<Tensor> {
    const reader = yield* this.#current();
    return yield* act(
      () => reader.gather(indices(), options),
      () => reader.gatherSync(indices(), options),
    );
  }

  *#writing(tensors: TensorInput): Course<number> {
    const writer = this.#writable();
    const rows = this.#rowsOf(tensors);
    const { rowBytes } = this.#layout;
    const count = rows.length / rowBytes;
    if (this.#traits.appends) this.#position = writer.length;
    const index = this.#position;
    const inside = Math.min(count, writer.length - index);
    if (inside > 0) {
      const bytes = rows.subarray(0, inside * rowBytes);
      yield* this.#changing((folder, conf, stat) => folder.overwrite(conf, stat, index, bytes));
    }
    yield* this.#appending(this.#writable(), rows.subarray(inside * rowBytes));
    // What did not fit over tensors that were there went behind whatever others have appended meanwhile.
    this.#position = inside < count ? this.length : index + count;
    return count;
  }

  *#appending(writer: TensorBlobWriter, rows: Uint8Array): Course<void> {
    if (rows.length === 0) return;
    this.#dirty = true;
    const { dtype, shape, rowBytes } = this.#layout;
    const tensors = function* (): Generator<Tensor> {
      for (let at = 0; at < rows.length; at += rowBytes) {
        yield Tensor.over(dtype, shape, rows.subarray(at, at + rowBytes));
      }
    };
    yield* act(
      () => writer.extend(tensors()),
      () => writer.extendSync(tensors()),
    );
  }

  *#truncating(position: number): Course<number> {
    this.#writable();
    if (!(Number.isInteger(position) && position >= 0)) {
      throw new NthrecError("NTH_OUT_OF_RANGE", `a blob cannot be cut before tensor ${position}`, {
        source: this.name,
      });
    }
    // Others may have appended more than this writer knows of.
    yield* this.#changing((folder, conf, stat) => folder.cut(conf, stat, position));
    this.#position = Math.min(this.#position, this.length);
    return this.length;
  }

  *#extending(other: TensorBlob, options: ExtendOptions = {}): Course<number> {
    const writer = this.#writable();
    const source = yield* other.#current();
    checkLayout(source.layout, writer.layout, this.name);
    const count = source.length;
    if (options.maintainOrder === true) {
      const step = Math.max(1, Math.floor(COPY_BYTES / this.#layout.rowBytes));
      for (let at = 0; at < count; at += step) {
        const end = Math.min(count, at + step);
        const rows = yield* act(
          () => source.readRange(at, end),
          () => source.readRangeSync(at, end),
        );
        yield* this.#appending(writer, rows.bytes);
      }
      return count;
    }
    const from = livePlace(other.#place).store.folderToChange();
    const extension: Extension = { from, name: other.name, count };
    yield* this.#changing((folder, conf, stat) => extended(folder, conf, stat, extension));
    return count;
  }

  /** Publishes a state that is not one of appending. */
  *#changing(
    stage: (folder: BlobFolder, conf: BlobConf, stat: BlobStat) => BlobStat,
  ): Course<void> {
    yield* this.#flushing();
    const entry = livePlace(this.#place, this.#options.durability === "disk");
    const { lockTimeoutMs } = this.#options;
    const locked = this.#traits.replaces;
    yield* change(entry, { lockTimeoutMs, locked }, (folder) => {
      const conf = folder.conf();
      const before = folder.stat(conf);
      const after = stage(folder, conf, before);
      if (after === before) return;
      folder.publish(after);
      const kept = new Set(after.blocks);
      folder.drop(before.blocks.filter((name) => !kept.has(name)));
    });
    this.#dirty = true;
    // A writer goes by the state that it left itself; a new one looks.
    const writer = this.#writer as TensorBlobWriter;
    yield* act(
      () => writer.close(),
      () => writer.closeSync(),
    );
    this.#writer = yield* this.#openWriter("append");
  }

  *#refreshing(): Course<void> {
    const reader = yield* this.#current();
    yield* act(
      () => reader.refresh(),
      () => reader.refreshSync(),
    );
  }

  *#flushing(): Course<void> {
    this.#checkOpen();
    const writer = this.#writer;
    if (writer === undefined) return;
    yield* act(
      () => writer.commit(),
      () => writer.commitSync(),
    );
  }

  *#closing(): Course<void> {
    if (this.#closed) return;
    const [writer, reader] = [this.#writer, this.#reader];
    if (writer !== undefined) {
      yield* act(
        () => writer.close(),
        () => writer.closeSync(),
      );
    }
    this.#closed = true;
    if (reader === undefined) return;
    yield* act(
      () => reader.close(),
      () => reader.closeSync(),
    );
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  get #layout() {
    return this.#writer?.layout ?? (this.#reader as TensorBlobReader).layout;
  }

  /** The bytes of whole tensors. */
  #rowsOf(tensors: TensorInput): Uint8Array {
    const { dtype, shape, rowBytes } = this.#layout;
    const data = dataOf(tensors, dtype);
    if (data.byteLength % rowBytes === 0) {
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    }
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${data.length} elements are no whole tensors of shape [${shape.join(", ")}]`,
      { source: this.name },
    );
  }

  #writable(): TensorBlobWriter {
    this.#checkOpen();
    if (this.#writer !== undefined) return this.#writer;
    throw new NthrecError(
      "NTH_READONLY",
      `${this.name} is open in mode ${this.mode}: use r+, w or a`,
      {
        source: this.name,
      },
    );
  }

  #notSupported(verb: string): NthrecError {
    return new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${this.name} is open in mode ${this.mode}, which does not ${verb}: use ${this.mode}+`,
      { source: this.name },
    );
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new NthrecError("NTH_NOT_OPEN", `${this.name} is closed`, { source: this.name });
  }
}

/** A place that can be written to. @throws {@link NthrecError} `NTH_READONLY` */
function livePlace(
  place: BlobPlace,
  durable = false,
): StoreEntry<LiveTensorStore> & { origin: BlobPlace } {
  const entry = liveBlobEntry(place, { durable });
  if (entry !== undefined) return { ...entry, origin: place };
  const { store, name } = blobEntry(place);
  throw new NthrecError("NTH_READONLY", `${name} lies in ${store.name}, which can only be read`, {
    source: name,
  });
}
