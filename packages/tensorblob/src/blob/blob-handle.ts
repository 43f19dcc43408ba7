import { checkChoice, NthrecError } from "@nthrec/core";
import { type BatchOptions, type RowIndices, resolveIndices } from "../stream/batch.ts";
import { checkLayout } from "../stream/header.ts";
import type { Layout } from "../values/layout.ts";
import type { Tensor } from "../values/tensor.ts";
import { dataOf, type TensorInput } from "../values/tensor-input.ts";
import type { BlobChanges } from "./blob-changes.ts";
import type { Stage } from "./change.ts";
import { confToWrite } from "./conf-to-write.ts";
import { type Extension, extended } from "./extension.ts";
import { Handle } from "./handle.ts";
import { LentBytes } from "./lent-bytes.ts";
import type { ModeTraits } from "./mode.ts";
import { type BlobPlace, type LivePlace, livePlace } from "./open-store.ts";
import { Replacement } from "./replacement.ts";
import { SharedChanges } from "./shared-changes.ts";
import type { ExtendOptions, TensorBlobOptions } from "./tensor-blob-options.ts";
import { TensorBlobReader } from "./tensor-blob-reader.ts";
import { act, type Course } from "./twofold.ts";

const COPY_BYTES = 4 * 1024 * 1024;

/** An open blob: where it is read, how it is changed, and a position. Its verbs are courses, to be gone through soon or now. */
export class BlobHandle extends Handle {
  protected override readonly _unit: string = "tensors";
  readonly #place: BlobPlace;
  readonly #options: TensorBlobOptions;
  #reader: TensorBlobReader | undefined;
  #changes: BlobChanges | undefined;
  /** Whether tensors were written that the reader does not see yet. */
  #dirty = false;

  constructor(place: BlobPlace, traits: ModeTraits, options: TensorBlobOptions) {
    super(traits);
    const { durability } = options;
    if (typeof durability !== "object") checkChoice("durability", durability, ["process", "disk"]);
    this.#place = place;
    this.#options = options;
  }

  get name(): string {
    return this.#reader?.name ?? this.#changes?.name ?? String(this.#place);
  }

  get layout(): Layout {
    return this.#changes?.layout ?? (this.#reader as TensorBlobReader).layout;
  }

  /** Tensors, with those written and not flushed yet. */
  get length(): number {
    this.checkOpen();
    return this.#changes?.length ?? (this.#reader as TensorBlobReader).length;
  }

  *open(): Course<void> {
    const { writable, replaces, appends } = this.traits;
    if (!replaces) this.#reader = yield* this.#openReader();
    if (!writable) return;
    try {
      this.#changes = yield* this.#openChanges();
    } catch (error) {
      yield* this.close();
      throw error;
    }
    if (appends) this.position = this.length;
  }

  *read(size: number | undefined, options?: BatchOptions): Course<Tensor | null> {
    this._checkRead(size);
    const reader = yield* this.#current();
    const range = this._rangeOf(size, reader.length);
    if (range === undefined) return null;
    const { start, end } = range;
    const tensors = yield* act(
      () => reader.readRange(start, end, options),
      () => reader.readRangeSync(start, end, options),
    );
    this.position = end;
    return tensors;
  }

  *get(index: number): Course<Tensor> {
    const reader = yield* this.#current();
    const [place = 0] = resolveIndices([index], reader.length, reader.name);
    return yield* act(
      () => reader.get(place),
      () => reader.getSync(place),
    );
  }

  *gather(indices: () => RowIndices, options?: BatchOptions): Course<Tensor> {
    const reader = yield* this.#current();
    return yield* act(
      () => reader.gather(indices(), options),
      () => reader.gatherSync(indices(), options),
    );
  }

  /** The memory of tensors that are to be written, which is the caller's. */
  lend(tensors: TensorInput): LentBytes {
    const { dtype, shape, rowBytes } = this.#writable().layout;
    const data = dataOf(tensors, dtype);
    if (data.byteLength % rowBytes === 0) {
      return new LentBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    throw new NthrecError(
      "NTH_INVALID_VALUE",
      `${data.length} elements are no whole tensors of shape [${shape.join(", ")}]`,
      { source: this.name },
    );
  }

  *write(rows: LentBytes): Course<number> {
    const changes = this.#writable();
    const { rowBytes } = this.layout;
    const count = rows.length / rowBytes;
    if (this.traits.appends) this.position = changes.length;
    const index = this.position;
    const inside = Math.min(count, changes.length - index);
    if (inside > 0) {
      yield* this.#change((folder, conf, stat) =>
        folder.overwrite(conf, stat, index, rows.bytes.subarray(0, inside * rowBytes)),
      );
    }
    if (inside < count) {
      this.#dirty = true;
      rows.skip(inside * rowBytes);
      yield* changes.append(rows);
    }
    // What did not fit over tensors that were there went behind whatever others have appended meanwhile.
    this.position = inside < count ? this.length : index + count;
    return count;
  }

  *truncate(position: number): Course<number> {
    this._checkCut(position);
    // Others may have appended more than this writer knows of.
    yield* this.#change((folder, conf, stat) => folder.cut(conf, stat, position));
    this.position = Math.min(this.position, this.length);
    return this.length;
  }

  *extend(other: BlobHandle, options: ExtendOptions = {}): Course<number> {
    const changes = this.#writable();
    const source = yield* other.#current();
    checkLayout(source.layout, changes.layout, this.name);
    const count = source.length;
    if (options.maintainOrder !== true) {
      const from = livePlace(other.#place).store.folderToChange();
      const extension: Extension = { from, name: other.name, count };
      yield* this.#change((folder, conf, stat) => extended(folder, conf, stat, extension));
      return count;
    }
    const step = Math.max(1, Math.floor(COPY_BYTES / this.layout.rowBytes));
    for (let at = 0; at < count; at += step) {
      const end = Math.min(count, at + step);
      const rows = yield* act(
        () => source.readRange(at, end),
        () => source.readRangeSync(at, end),
      );
      this.#dirty = true;
      yield* changes.append(new LentBytes(rows.bytes));
    }
    return count;
  }

  *refresh(): Course<void> {
    const reader = yield* this.#current();
    yield* act(
      () => reader.refresh(),
      () => reader.refreshSync(),
    );
  }

  *flush(): Course<void> {
    this.checkOpen();
    if (this.#changes !== undefined) yield* this.#changes.flush();
  }

  *close(): Course<void> {
    if (this.closed) return;
    if (this.#changes !== undefined) yield* this.#changes.close();
    this._markClosed();
    const reader = this.#reader;
    if (reader === undefined) return;
    yield* act(
      () => reader.close(),
      () => reader.closeSync(),
    );
  }

  *#openChanges(): Course<BlobChanges> {
    const { blockSize, dtype, shape, durability } = this.#options;
    // What is to be on disk some time after it was published is there before.
    const durable = durability !== undefined && durability !== "process";
    const place: LivePlace = livePlace(this.#place, { durable });
    if (!this.traits.replaces) return yield* SharedChanges.open(place, this.#options);
    const conf = confToWrite(place.store.folderToChange(), {
      mode: "write",
      dtype,
      shape,
      blockSize,
    });
    return yield* Replacement.open(place, conf, this.#options);
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
    this.checkOpen();
    if (this.#changes !== undefined && (this.#dirty || this.#reader === undefined)) {
      yield* this.#changes.flush();
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

  *#change(stage: Stage): Course<void> {
    yield* this.#writable().change(stage);
    this.#dirty = true;
  }

  #writable(): BlobChanges {
    this._checkWritable();
    return this.#changes as BlobChanges;
  }
}
