import {
  BaseIndexedReader,
  type DataInput,
  type ReaderClass,
  type ReaderOptions,
} from "@nthrec/core";
import { prepareDecoders } from "../codecs/prepared.ts";

/** Opens a reader when what decompresses is loaded. */
export async function openPrepared<R extends BaseIndexedReader<unknown>, P extends ReaderOptions>(
  Reader: ReaderClass<R, P>,
  data: DataInput,
  options: P | undefined,
): Promise<R> {
  await prepareDecoders();
  const opened = await BaseIndexedReader.open.call(
    Reader as unknown as ReaderClass<R>,
    data,
    options,
  );
  return opened as R;
}
