import { ArrayRecordReader, ArrayRecordWriter } from "@nthrec/arrayrecord";
import { type DataInput, isNthrecError } from "@nthrec/core";
import { readTFRecords } from "@nthrec/tfrecord";

/**
 * Writes the records of a TFRecord file, compressed or not, to an ArrayRecord file; answers how many there are, or
 * `undefined` when the file was already there.
 *
 * Memory is that of a group of records. The new file has its name only when it is whole, so a shard that has a name
 * is done, and a run that was stopped can simply be started again.
 */
export async function convertShard(
  from: DataInput,
  to: string,
  groupSize: number,
): Promise<number | undefined> {
  if (await isDone(to)) return undefined;
  const writer = await ArrayRecordWriter.open(to, { groupSize });
  try {
    for await (const record of readTFRecords(from)) await writer.append(record);
  } catch (error) {
    await writer.abort(); // no part of it is left
    throw error;
  }
  const { length } = writer;
  await writer.close();
  return length;
}

async function isDone(path: string): Promise<boolean> {
  try {
    await (await ArrayRecordReader.open(path)).close();
    return true;
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return false;
    throw error;
  }
}
