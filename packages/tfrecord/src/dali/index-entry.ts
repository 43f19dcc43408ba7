/**
 * Where one record lies: offset and size of its frame in bytes, the 12 bytes before the payload and the 4 behind it
 * included. This is a line of the index that NVIDIA DALI reads.
 */
export type TFRecordIndexEntry = readonly [offset: number, size: number];

/** The lines of an index, as `tfrecord2idx` writes them; any selection of records in any order is one. */
export function formatTFRecordIndex(entries: Iterable<TFRecordIndexEntry>): string {
  let text = "";
  for (const [offset, size] of entries) text += `${offset} ${size}\n`;
  return text;
}
