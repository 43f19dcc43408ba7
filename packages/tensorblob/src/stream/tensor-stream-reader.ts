import {
  type AbortOptions,
  BaseIndexedReader,
  type ByteSource,
  NthrecError,
  type OffsetTable,
  type ReaderOptions,
  type ReadPlan,
  type SyncByteSource,
  type VerifyOptions,
  type VerifyReport,
} from "@nthrec/core";
import type { Layout } from "../values/layout.ts";
import { swapBytes } from "../values/swap-bytes.ts";
import { Tensor } from "../values/tensor.ts";
import {
  type BatchOptions,
  batchTarget,
  type RowIndices,
  resolveIndices,
  rowsOf,
} from "./batch.ts";
import { cutHeader, decodeHeader, HEAD_BYTES, headerLength } from "./header.ts";

/** What the bytes around the tensors of one file say. */
export interface StreamHead {
  readonly layout: Layout;
  /** Where the tensors begin, bytes. */
  readonly begin: number;
  /** Where they end, where the header says so. @default the end of the data */
  readonly end?: number | undefined;
  /** Whether the bytes of each number are in big-endian order. @default false */
  readonly swapped?: boolean | undefined;
}

/** What the header of each snapshot says: a refresh may show a blob that was made anew. */
const heads = new WeakMap<ByteSource, StreamHead>();

/** A friend of the writers: what stands before the tensors of a reader, and how many bytes there are in all. */
export let headOf: (reader: TensorStreamReader) => StreamHead & { readonly size: number };

/** Options of a reader of tensors. */
export interface TensorReaderOptions extends ReaderOptions {
  /** Block files of a blob kept open at a time. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
}

/**
 * Reads tensors of one layout that follow a header: the form in which a blob's folder presents itself, and a file of
 * its own. Where a tensor lies is arithmetic: no index is read or written.
 */
export class TensorStreamReader extends BaseIndexedReader<Tensor, TensorReaderOptions> {
  static override readonly format: string = "tensorblob";
  protected override readonly privateIndex: boolean = true;
  #head: StreamHead | undefined;

  static {
    headOf = (reader) => ({ ...reader.#known, size: reader.source.size });
  }

  /** What all tensors have in common. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` where the data are empty */
  get layout(): Layout {
    return this.#known.layout;
  }

  get #known(): StreamHead {
    const head = heads.get(this.snapshotSource ?? this.source);
    if (head !== undefined) return head;
    throw new NthrecError("NTH_NOT_SUPPORTED", `${this.source.name} is empty and names no layout`, {
      source: this.source.name,
    });
  }

  /**
   * Reads tensors `[start, end)` as one, with their number as its first dimension.
   *
   * @param options `into`: a tensor of that shape to read into, so that none is made
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_INVALID_VALUE` when `into` does not fit
   */
  async readRange(start: number, end: number, options: BatchOptions = {}): Promise<Tensor> {
    const { layout } = this;
    this.#checkRange(start, end);
    const target = batchTarget(layout, end - start, options.into);
    const at = this.#place(start);
    if (!fillInPlace(this.data, target.bytes, at)) {
      await fill(this.data, target.bytes, at, options);
    }
    return this.#turned(target);
  }

  /** {@link TensorStreamReader.readRange}, before it returns. @throws {@link NthrecError} also `NTH_NOT_SUPPORTED` */
  readRangeSync(start: number, end: number, options: BatchOptions = {}): Tensor {
    const { layout } = this;
    this.#checkRange(start, end);
    const target = batchTarget(layout, end - start, options.into);
    fillSync(this.data, target.bytes, this.#place(start));
    return this.#turned(target);
  }

  /**
   * Reads the tensors at `indices` as one, in their order; negative ones count from the end.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_INVALID_VALUE` when `into` does not fit
   */
  async gather(indices: RowIndices, options: BatchOptions = {}): Promise<Tensor> {
    const list = resolveIndices(indices, this.length, this.name);
    const { layout, data, begin } = this;
    const { rowBytes } = layout;
    const target = batchTarget(layout, list.length, options.into);
    const runs = rowsOf(list, target.bytes, rowBytes);
    const lane = async (): Promise<void> => {
      for (const { first, bytes } of runs) {
        const at = begin + first * rowBytes;
        if (!fillInPlace(data, bytes, at)) await fill(data, bytes, at, options);
      }
    };
    // All lanes draw from one iterator; after a failure nobody may still write into a target that is the caller's.
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const result of lanes) if (result.status === "rejected") throw result.reason;
    return this.#turned(target);
  }

  /** {@link TensorStreamReader.gather}, before it returns. @throws {@link NthrecError} also `NTH_NOT_SUPPORTED` */
  gatherSync(indices: RowIndices, options: BatchOptions = {}): Tensor {
    const list = resolveIndices(indices, this.length, this.name);
    const { layout, data, begin } = this;
    const { rowBytes } = layout;
    const target = batchTarget(layout, list.length, options.into);
    for (const { first, bytes } of rowsOf(list, target.bytes, rowBytes)) {
      fillSync(data, bytes, begin + first * rowBytes);
    }
    return this.#turned(target);
  }

  /** {@inheritDoc @nthrec/core#BaseIndexedReader.verify} Tensors that a header counts and that are not there are damage. */
  override async verify(options?: VerifyOptions): Promise<VerifyReport> {
    return this.#missed(await super.verify(options));
  }

  /** {@link TensorStreamReader.verify}, before it returns. */
  override verifySync(options?: VerifyOptions): VerifyReport {
    return this.#missed(super.verifySync(options));
  }

  /** The report, with the tensors that are missing at the end of the file. */
  #missed(report: VerifyReport): VerifyReport {
    const { size, name } = this.data;
    const { layout, begin, end = size } = heads.get(this.data) ?? { layout: undefined, begin: 0 };
    if (layout === undefined || end <= size || report.problems.some(isTorn)) return report;
    const message = `${name} counts ${(end - begin) / layout.rowBytes} tensors and ends after ${report.records}`;
    const problem = { code: "NTH_TRUNCATED", message, index: undefined, offset: size } as const;
    const problems = [...report.problems, problem];
    return { ...report, ok: false, problems, problemCount: report.problemCount + 1 };
  }

  protected override *_open(): ReadPlan<void> {
    const { size } = this.source;
    if (size === 0) return;
    const head = yield* this._head();
    const { begin, end } = head;
    this.#head = head;
    heads.set(this.source, head);
    this.begin = begin;
    // Tensors that are counted and not there are an error where the rest of one that was cut is.
    this.end = this.tail === "error" ? (end ?? size) : Math.min(size, end ?? size);
  }

  /** Reads what stands before the tensors. @throws {@link NthrecError} `NTH_CORRUPTION`, `NTH_TRUNCATED` */
  protected *_head(): ReadPlan<StreamHead> {
    const { name, size } = this.source;
    if (size < HEAD_BYTES) throw cutHeader(name, size);
    const begin = headerLength(yield { start: 0, end: HEAD_BYTES }, name);
    if (size < begin) throw cutHeader(name, size);
    return { layout: decodeHeader(yield { start: 0, end: begin }, name), begin };
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    if (this.#head === undefined) return start;
    const { rowBytes } = this.#head.layout;
    const count = Math.floor((Math.min(this.end, this.source.size) - start) / rowBytes);
    offsets.pushStride(start, rowBytes, count);
    return start + count * rowBytes;
  }

  protected override _frames(bytes: Uint8Array): boolean {
    return bytes.length === this.#head?.layout.rowBytes;
  }

  protected override _get(bytes: Uint8Array, index: number): Tensor {
    const { layout, swapped } = this.#head as StreamHead;
    const { dtype, shape, rowBytes } = layout;
    if (bytes.length !== rowBytes) {
      throw new NthrecError("NTH_CORRUPTION", `record ${index} is not ${rowBytes} bytes long`, {
        index,
      });
    }
    if (swapped !== true) return Tensor.over(dtype, shape, bytes);
    const turned = new Uint8Array(bytes);
    swapBytes(turned, dtype);
    return Tensor.over(dtype, shape, turned);
  }

  #checkRange(start: number, end: number): void {
    if (start >= 0 && start <= end && end <= this.length && Number.isInteger(end - start)) return;
    throw new NthrecError(
      "NTH_OUT_OF_RANGE",
      `tensors ${start} to ${end} were asked for, but ${this.name} has ${this.length}`,
      { source: this.name, index: start },
    );
  }

  /** The tensor with its numbers in this machine's order of bytes. */
  #turned(target: Tensor): Tensor {
    const { layout, swapped } = this.#known;
    if (swapped === true) swapBytes(target.bytes, layout.dtype);
    return target;
  }

  /** Where tensor `index` begins. */
  #place(index: number): number {
    return this.begin + index * this.layout.rowBytes;
  }
}

function isTorn({ code }: { readonly code: string }): boolean {
  return code === "NTH_TRUNCATED";
}

/** Reads of one batch that are under way at a time. */
const LANES = 8;

type InPlace = Partial<SyncByteSource> & ByteSource;

/** Reads in the calling thread where the source is fast; answers whether it did. */
function fillInPlace(data: InPlace, target: Uint8Array, at: number): boolean {
  if (target.length === 0) return true;
  if (data.readIntoSync === undefined || data.mayInline?.(target.length) === false) return false;
  data.readIntoSync(target, at);
  return true;
}

async function fill(
  data: ByteSource,
  target: Uint8Array,
  at: number,
  options: AbortOptions,
): Promise<void> {
  if (data.readInto !== undefined) await data.readInto(target, at, options);
  else target.set(await data.read(at, at + target.length, options));
}

function fillSync(data: InPlace, target: Uint8Array, at: number): void {
  if (target.length === 0) return;
  if (data.readIntoSync !== undefined) data.readIntoSync(target, at);
  else if (data.readSync !== undefined) target.set(data.readSync(at, at + target.length));
  else {
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${data.name} answers only asynchronously: use the verb without "Sync"`,
      { source: data.name },
    );
  }
}
