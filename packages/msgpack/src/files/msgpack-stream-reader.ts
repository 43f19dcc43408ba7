import type {
  BaseIndexedReader,
  DataInput,
  LocalInput,
  ReaderClass,
  ReaderOptions,
} from "@nthrec/core";
import type { MsgpackReaderOptions } from "./msgpack-options.ts";
import { ValueReader } from "./value-reader.ts";

/** Reads the n-th of MessagePack values that follow each other with nothing around them. */
export class MsgpackStreamReader<T = unknown> extends ValueReader<T> {
  static override readonly format: string = "msgpack-stream";

  /** Opens a file whose records are of type `T`, which nobody checks. @see {@link BaseIndexedReader.open} */
  static override open<T = unknown>(
    this: typeof MsgpackStreamReader,
    data: DataInput,
    options?: MsgpackReaderOptions,
  ): Promise<MsgpackStreamReader<T>>;
  static override open<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R>;
  static override open(
    this: typeof MsgpackStreamReader,
    data: DataInput,
    options?: MsgpackReaderOptions,
  ): Promise<MsgpackStreamReader> {
    return super.open(data, options) as Promise<MsgpackStreamReader>;
  }

  /** {@link MsgpackStreamReader.open}, before it returns; for local data. */
  static override openSync<T = unknown>(
    this: typeof MsgpackStreamReader,
    data: LocalInput,
    options?: MsgpackReaderOptions,
  ): MsgpackStreamReader<T>;
  static override openSync<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: LocalInput,
    options?: P,
  ): R;
  static override openSync(
    this: typeof MsgpackStreamReader,
    data: LocalInput,
    options?: MsgpackReaderOptions,
  ): MsgpackStreamReader {
    return super.openSync(data, options) as MsgpackStreamReader;
  }
}
