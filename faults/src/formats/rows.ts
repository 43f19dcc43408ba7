import { TensorBlobWriter, type TensorBlobWriterOptions } from "@nthrec/tensorblob";
import { type Mark, payloadOf } from "./payload.ts";

/** Bytes of a row: the mark, and as much of the payload as there is room for. */
export const WIDTH = 256;
/** Few in a block, so that blocks are made all the time. */
export const BLOCK_SIZE = 4;

/** Rows of one width. */
export class RowWriter extends TensorBlobWriter {
  static override open: typeof TensorBlobWriter.open = function (this: never, data, options) {
    return TensorBlobWriter.open.call(this, data, withLayout(options) as never) as never;
  };

  static override openSync: typeof TensorBlobWriter.openSync = function (
    this: never,
    data,
    options,
  ) {
    return TensorBlobWriter.openSync.call(this, data, withLayout(options) as never) as never;
  };
}

function withLayout(options: object | undefined): TensorBlobWriterOptions {
  return { dtype: "uint8", shape: WIDTH, blockSize: BLOCK_SIZE, ...options };
}

/** The row of a mark. */
export function rowOf(mark: Mark): Uint8Array {
  const row = new Uint8Array(WIDTH);
  const text = `${mark.writer} ${mark.number} ${mark.size} ${payloadOf({ ...mark, size: WIDTH }, true)}`;
  row.set(Buffer.from(text).subarray(0, WIDTH));
  return row;
}

/** The mark of a row. @throws {@link Error} when the row is not the one of the mark */
export function markOfRow(record: unknown): Mark {
  const { bytes } = record as { readonly bytes: Uint8Array };
  const text = Buffer.from(bytes).toString("latin1");
  const [, writer = "", number = "", size = ""] = /^(\S+) (\d+) (\d+) /.exec(text) ?? [];
  const mark = { writer, number: Number(number), size: Number(size) };
  if (writer !== "" && Buffer.compare(bytes, rowOf(mark)) === 0) return mark;
  throw new Error(`not a row as it was written: ${JSON.stringify(text.slice(0, 60))}`);
}
