import type { OffsetTable, ReaderClass, ReaderOptions, ReadPlan } from "@nthrec/core";
import { type BaseIndexedReader, type DataInput, type LocalInput, NthrecError } from "@nthrec/core";
import { type ArrayHead, headSize, readHead } from "../wire/array-head.ts";
import type { MsgpackReaderOptions } from "./msgpack-options.ts";
import { ValueReader } from "./value-reader.ts";

/**
 * Reads the n-th element of a MessagePack array that is a whole file: what the Python original writes, or what any
 * other program packed of a list. The count in the array's head is not relied on: elements go on to the end.
 */
export class MsgpackReader<T = unknown> extends ValueReader<T> {
  static override readonly format: string = "msgpack";
  #head: ArrayHead | undefined;
  #cutHead = false;

  /** Opens a file whose records are of type `T`, which nobody checks. @see {@link BaseIndexedReader.open} */
  static override open<T = unknown>(
    this: typeof MsgpackReader,
    data: DataInput,
    options?: MsgpackReaderOptions,
  ): Promise<MsgpackReader<T>>;
  static override open<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R>;
  static override open(
    this: typeof MsgpackReader,
    data: DataInput,
    options?: MsgpackReaderOptions,
  ): Promise<MsgpackReader> {
    return super.open(data, options) as Promise<MsgpackReader>;
  }

  /** {@link MsgpackReader.open}, before it returns; for local data. */
  static override openSync<T = unknown>(
    this: typeof MsgpackReader,
    data: LocalInput,
    options?: MsgpackReaderOptions,
  ): MsgpackReader<T>;
  static override openSync<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: LocalInput,
    options?: P,
  ): R;
  static override openSync(
    this: typeof MsgpackReader,
    data: LocalInput,
    options?: MsgpackReaderOptions,
  ): MsgpackReader {
    return super.openSync(data, options) as MsgpackReader;
  }

  /** What the file begins with; `undefined` for an empty file. Its count may be wrong where a writer was stopped. */
  get head(): ArrayHead | undefined {
    return this.current.#head;
  }

  protected override *_open(): ReadPlan<void> {
    const { size, name } = this.source;
    if (size === 0) return; // a writer that was stopped before its first commit
    const first = (yield { start: 0, end: 1 })[0] as number;
    const bytes = headSize(first);
    if (bytes === 0) throw noArray(name, first);
    this.#cutHead = size < bytes;
    if (this.#cutHead) return;
    this.#head = readHead(yield { start: 0, end: bytes }, bytes);
    this.begin = bytes;
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    // A head that is cut is a torn tail like any other, not a record.
    return this.#cutHead ? start : yield* super._buildIndex(offsets, start);
  }
}

function noArray(source: string, first: number): NthrecError {
  const byte = `0x${first.toString(16).padStart(2, "0")}`;
  return new NthrecError(
    "NTH_CORRUPTION",
    `${source} does not begin with a MessagePack array, but with ${byte}: ` +
      "MsgpackStreamReader reads values that follow each other without one",
    { source, offset: 0 },
  );
}
