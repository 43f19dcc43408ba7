import type { FormatHooks, PlainFrames, RecordRun, TailPolicy } from "../offsets/format-hooks.ts";
import { OffsetTable, type PageMiss } from "../offsets/offset-table.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ByteRange, ReadPlan } from "../types.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** A concrete class of formats. */
export interface FormatClass<F, O extends ReaderOptions = ReaderOptions> {
  new (source: ByteSource, options?: O): F;
}

/** A friend of the rooms that open and write: a format object over a source, and the view of it they work with. */
export let formatOver: <F extends IndexedFormat<unknown>, O extends ReaderOptions>(
  Format: FormatClass<F, O>,
  source: ByteSource,
  options: O | undefined,
  tail: TailPolicy | undefined,
) => { readonly format: F; readonly hooks: FormatHooks };

/**
 * A format over one snapshot of its data: the half of a reader that implementers write. It gives bytes their meaning
 * and does no I/O; its hooks keep state for this snapshot only.
 */
export abstract class IndexedFormat<T, O extends ReaderOptions = ReaderOptions> {
  /** What follows the data's name in the name of its index. */
  static readonly indexSuffix: string = ".idx";
  /** The format's name, which the seal of a shared file keeps; empty leaves it unchecked. */
  static readonly format: string = "";

  /** The snapshot that this format object stands over. */
  protected readonly source: ByteSource;
  protected readonly options: O;
  /** Offsets of the snapshot's records. */
  protected offsets: OffsetTable = new OffsetTable();
  /** Where records begin, bytes; `_open` moves it past a header. */
  protected begin = 0;
  /** Where records stop, bytes; `_open` moves it before a footer. */
  protected end: number;
  /** What bytes after the last whole record mean unless the caller says otherwise. */
  protected readonly defaultTail: TailPolicy = "error";
  /** Whether `_frames` wants to see the byte before a record. */
  protected readonly lead: 0 | 1 = 0;
  /** Whether what `_get` returns keeps no view of its bytes, so that core may reuse its buffer. */
  protected readonly borrows: boolean = false;
  /** Whether the offsets are not the format's plain ones (a filtered view), so that no index file is used. */
  protected readonly privateIndex: boolean = false;
  /**
   * Whether the file holds its own index, a footer that `_open` reads: no index file is used, `_buildIndex` always
   * gives all records, and may declare how many there are (`OffsetTable.declare`) instead of where each one is.
   */
  protected readonly ownIndex: boolean = false;
  /**
   * Whether only a part of that index is in memory; `_open` sets it. Hooks then throw {@link PageMiss} for a page that is not, and
   * are called again when `_loadPage` has brought it.
   */
  protected paged = false;

  /**
   * Optional. How many records are looked at in one go, for a format whose `_get` answers a part of its bytes and whose
   * `_locate` is core's: what it says of a frame is what `_frames` and `_get` would.
   */
  protected get plain(): PlainFrames | undefined {
    return undefined;
  }

  #recordsEnd = 0;
  #tail: TailPolicy | undefined;

  /** Makes a format object over a source; nothing is read. Use `open`. */
  constructor(source: ByteSource, options?: O) {
    this.source = source;
    this.options = options ?? ({} as O);
    this.end = source.size;
  }

  static {
    formatOver = (Format, source, options, tail) => {
      const format = new Format(source, options);
      format.#tail = tail;
      return { format, hooks: format.#hooks() };
    };
  }

  // ---- for implementers ------------------------------------------------------------------------------------

  /** Optional. Reads what the format keeps outside its records: magic, header, footer. */
  protected *_open(): ReadPlan<void> {}

  /**
   * Required. Pushes the offset of every record from `start` on (where a record begins, or records end), asking
   * for ranges within `[start, this.end)`, and returns where the last whole record ends.
   */
  protected abstract _buildIndex(offsets: OffsetTable, start: number): ReadPlan<number>;

  /** Optional, where `paged` is set. Brings a page of the file's own index into memory, and may let go of others. */
  protected *_loadPage(_page: number): ReadPlan<void> {}

  /** Required. Turns exactly the located bytes into the record. Pure: no I/O, no await. */
  protected abstract _get(bytes: Uint8Array, index: number): T;

  /**
   * Optional, with `_getMany`. The records that lie in the same bytes as record `index`: its chunk, which `_locate` gives for each
   * of them.
   */
  protected _chunk(index: number): RecordRun {
    return { start: index, end: index + 1 };
  }

  /**
   * Optional, with `_chunk`. Several records of one chunk, in the order of `indices`, which rise or fall: for batches and iteration,
   * where they may share memory. Without bytes where `_cached` said so of the first one. Not called on a class that has a
   * `_get` of its own and no `_getMany`.
   */
  protected _getMany(bytes: Uint8Array, indices: readonly number[]): T[] {
    return indices.map((index) => this._get(bytes, index));
  }

  /** Optional. The bytes that record `index` needs, or `undefined` for none. Default: up to the next offset. */
  protected _locate(index: number): ByteRange | undefined {
    const offsets = this.offsets;
    const start = offsets.at(index);
    return { start, end: index + 1 < offsets.length ? offsets.at(index + 1) : this.#recordsEnd };
  }

  /**
   * Optional. Whether record `index` needs no bytes because its chunk is in memory; `_get` is then called once with
   * none. The chunk must stay until then.
   */
  protected _cached(_index: number): boolean {
    return false;
  }

  /**
   * Optional, and cheap. Whether `bytes` frame exactly one record.
   *
   * @param before The byte before them; `undefined` for the first record, and where `lead` is 0.
   */
  protected _frames(_bytes: Uint8Array, _before: number | undefined): boolean {
    return true;
  }

  /**
   * Optional, for repairs. The next place behind `start`, which is inside damage, where a record may begin;
   * `undefined` when the format cannot tell.
   */
  protected *_resync(_start: number): ReadPlan<number | undefined> {
    return undefined;
  }

  /**
   * Optional, for repairs. Where in a frame that is no record a whole record begins that ends with the frame, or -1:
   * one that was appended to the torn end of another.
   */
  protected _rescue(_frame: Uint8Array): number {
    return -1;
  }

  /** The policy in force for bytes after the last whole record. */
  protected get tail(): TailPolicy {
    return this.#tail ?? this.options.tail ?? this.defaultTail;
  }

  /** Whether `_getMany` stands for the `_get` in force. */
  get #decodesChunks(): boolean {
    for (let at: object = this; at !== IndexedFormat.prototype; at = Object.getPrototypeOf(at)) {
      if (Object.hasOwn(at, "_getMany")) return true;
      if (Object.hasOwn(at, "_get")) return false;
    }
    return false;
  }

  /** What the rooms below see of this object. Its fields are copied: they are read for every record. */
  #hooks(): FormatHooks<T> {
    const hooks: Mutable<FormatHooks<T>> = {
      owner: this,
      source: this.source,
      offsets: this.offsets,
      recordsEnd: 0,
      begin: this.begin,
      end: this.end,
      tail: this.tail,
      lead: this.lead,
      borrows: this.borrows,
      privateIndex: this.privateIndex || this.ownIndex,
      ownIndex: this.ownIndex,
      paged: this.paged,
      maxRecordBytes: this.options.maxRecordBytes ?? Number.POSITIVE_INFINITY,
      install: (offsets, recordsEnd) => {
        this.offsets = hooks.offsets = offsets;
        this.#recordsEnd = hooks.recordsEnd = recordsEnd;
      },
      open: () => this.#opened(hooks),
      buildIndex: (offsets, start) => this._buildIndex(offsets, start),
      loadPage: (page) => this._loadPage(page),
      locate: (index) => this._locate(index),
      cached:
        this._cached === IndexedFormat.prototype._cached
          ? undefined
          : (index) => this._cached(index),
      plain: this.plain,
      frames: (bytes, before) => this._frames(bytes, before),
      get: (bytes, index) => this._get(bytes, index),
      chunk: this.#decodesChunks ? (index) => this._chunk(index) : undefined,
      getMany: (bytes, indices) => this._getMany(bytes, indices),
      resync: (start) => this._resync(start),
      rescue: (frame) => this._rescue(frame),
      over: (source, overrides) => {
        const Format = this.constructor as FormatClass<IndexedFormat<T, O>, O>;
        const tail = overrides?.tail ?? this.#tail;
        return formatOver(Format, source, this.options, tail).hooks as FormatHooks<T>;
      },
    };
    return hooks;
  }

  *#opened(hooks: Mutable<FormatHooks<T>>): ReadPlan<void> {
    yield* this._open();
    hooks.begin = this.begin;
    hooks.end = this.end;
    hooks.paged = this.paged;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
