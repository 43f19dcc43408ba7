import type { BaseIndexedReader } from "@nthrec/core";

/** Any reader: all formats have the same verbs. */
export type AnyReader = BaseIndexedReader<unknown>;

/**
 * Opens a file that the user picked, or a URL, by the ending of its name. A format's code is loaded when it is needed.
 *
 * @param progress called with the share of a file without an index that was looked at, 0 to 1
 */
export async function openFile(
  data: File | URL,
  progress: (share: number) => void,
): Promise<AnyReader> {
  const name = data instanceof URL ? data.pathname : data.name;
  const options = {
    onIndexProgress: ({ position, size }: { position: number; size: number }) =>
      progress(position / size),
  };
  if (name.endsWith(".jsonl")) {
    const { JsonlReader } = await import("@nthrec/jsonl");
    return JsonlReader.open(data, options);
  }
  if (/\.(msg|msgpack)$/.test(name)) {
    const { MsgpackReader } = await import("@nthrec/msgpack");
    return MsgpackReader.open(data, options);
  }
  if (/\.tfrecords?$/.test(name)) {
    const { TFRecordReader } = await import("@nthrec/tfrecord");
    return TFRecordReader.open(data, options);
  }
  if (/\.array_?record$/.test(name)) {
    const { ArrayRecordReader } = await import("@nthrec/arrayrecord");
    return ArrayRecordReader.open(data, options);
  }
  throw new Error(`${name}: the name does not say what format it is`);
}
