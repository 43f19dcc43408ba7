import {
  BaseIndexedReader,
  type DataInput,
  type LocalInput,
  type ReaderClass,
  type ReaderOptions,
} from "@nthrec/core";
import { type TensorReaderOptions, TensorStreamReader } from "../stream/tensor-stream-reader.ts";
import { blobEntry, isPlace } from "./open-store.ts";

/** Reads any tensor of a blob: a folder on disk, in memory, or below a URL. */
export class TensorBlobReader extends TensorStreamReader {
  /** A blob is a folder, and so is each shard of a set of them. */
  static readonly folders: boolean = true;

  static override open<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R> {
    // Not an async function: what `blobEntry` throws must reject all the same.
    return new Promise((resolve) => {
      const input = isPlace(data) ? blobEntry(data, options as TensorReaderOptions) : data;
      resolve(BaseIndexedReader.open.call(this as never, input, options) as Promise<R>);
    });
  }

  static override openSync<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
    this: ReaderClass<R, P>,
    data: LocalInput,
    options?: P,
  ): R {
    const input = isPlace(data) ? blobEntry(data, options as TensorReaderOptions) : data;
    return BaseIndexedReader.openSync.call(this as never, input as LocalInput, options) as R;
  }
}
