import {
  BaseIndexedWriter,
  type DataOutput,
  type LocalOutput,
  NthrecError,
  type StoreEntry,
  type WriterClass,
  type WriterOptions,
} from "@nthrec/core";
import { type BlobConf, confOf } from "../folder/conf.ts";
import { LiveTensorStore } from "../folder/live-tensor-store.ts";
import {
  TensorStreamWriter,
  type TensorStreamWriterOptions,
} from "../stream/tensor-stream-writer.ts";
import { layoutOf } from "../values/layout.ts";
import { blobEntry, isPlace } from "./open-store.ts";
import { TensorBlobReader } from "./tensor-blob-reader.ts";

/** Options of a writer of a blob. */
export interface TensorBlobWriterOptions extends TensorStreamWriterOptions {
  /** Tensors in a block file, of a blob that is made. @default 8192 */
  readonly blockSize?: number | undefined;
}

/**
 * Writes tensors to a blob, a folder of block files. A blob that exists keeps its type, shape and block size unless the
 * options name others, which is possible only where it is replaced.
 */
export class TensorBlobWriter extends TensorStreamWriter<TensorBlobWriterOptions> {
  static override readonly Reader: typeof TensorBlobReader = TensorBlobReader;

  static override open<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: DataOutput,
    options?: P,
  ): Promise<W> {
    return new Promise((resolve) => {
      const opening = prepare(data, options as TensorBlobWriterOptions | undefined);
      const open = BaseIndexedWriter.open.call(
        this as never,
        opening.data,
        opening.options as never,
      );
      resolve(open as Promise<unknown> as Promise<W>);
    });
  }

  static override openSync<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: LocalOutput,
    options?: P,
  ): W {
    const opening = prepare(data, options as TensorBlobWriterOptions | undefined);
    const { openSync } = BaseIndexedWriter;
    return openSync.call(
      this as never,
      opening.data as LocalOutput,
      opening.options as never,
    ) as unknown as W;
  }
}

/** Finds out what the tensors are, from the options and from the blob that is there. */
function prepare(
  data: DataOutput,
  options: TensorBlobWriterOptions = {},
): { readonly data: DataOutput; readonly options: TensorBlobWriterOptions } {
  if (!isPlace(data)) return { data, options };
  const { store } = blobEntry(data);
  if (!(store instanceof LiveTensorStore)) return { data: blobEntry(data), options };
  const conf = confToWrite(store, options);
  const durable = options.durability === "disk";
  const entry: StoreEntry = blobEntry(data, { conf, durable });
  const { dtypeName: dtype, shape } = conf;
  return { data: entry, options: { ...options, dtype, shape } };
}

function confToWrite(store: LiveTensorStore, options: TensorBlobWriterOptions): BlobConf {
  const folder = store.folderToChange();
  const before = folder.exists ? folder.conf() : undefined;
  const dtype = options.dtype ?? before?.dtypeName;
  const shape = options.shape ?? before?.shape;
  const layout = layoutOf(
    dtype ?? missing(folder.name),
    shape ?? missing(folder.name),
    folder.name,
  );
  return confOf(layout, options.blockSize ?? before?.blockSize);
}

function missing(name: string): never {
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${name} does not exist: pass dtype and shape to make it`,
    {
      source: name,
    },
  );
}
