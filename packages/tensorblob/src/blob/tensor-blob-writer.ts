import {
  BaseIndexedWriter,
  type DataOutput,
  type LocalOutput,
  NthrecError,
  type RepairReport,
  type StoreEntry,
  type WriterClass,
  type WriterOptions,
} from "@nthrec/core";
import { LiveTensorStore } from "../folder/live-tensor-store.ts";
import {
  TensorStreamWriter,
  type TensorStreamWriterOptions,
} from "../stream/tensor-stream-writer.ts";
import { confToWrite } from "./conf-to-write.ts";
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

  /**
   * A blob is not repaired: its state is published whole, and what a block lost is said tensor by tensor.
   *
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED`, always
   */
  static override async repair(data: string | URL | StoreEntry): Promise<RepairReport> {
    const { store, name } = blobEntry(data);
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${store.name}/${name} is a blob, which has no torn tensors to repair: copy those that can be read to a new blob`,
    );
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
  const conf = confToWrite(store.folderToChange(), options);
  const durable = options.durability === "disk";
  const entry: StoreEntry = blobEntry(data, { conf, durable });
  const { dtypeName: dtype, shape } = conf;
  return { data: entry, options: { ...options, dtype, shape } };
}
