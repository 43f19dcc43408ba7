import { ArrayRecordReader } from "@nthrec/arrayrecord";
import { openShards, type ShardedReader } from "@nthrec/core/shards";
import { JsonlReader } from "@nthrec/jsonl";
import { MsgpackReader } from "@nthrec/msgpack";
import { TFRecordReader } from "@nthrec/tfrecord";

/** Opens what names a data set (a file, `train@10.jsonl`, `part-*.tfrecord`), by the ending of its name. */
export function openDataset(spec: string): Promise<ShardedReader<unknown>> {
  if (/\.jsonl/.test(spec)) return openShards<JsonlReader>(JsonlReader, spec);
  if (/\.(msg|msgpack)/.test(spec)) return openShards<MsgpackReader>(MsgpackReader, spec);
  if (/\.tfrecord/.test(spec)) return openShards(TFRecordReader, spec);
  if (/\.array_?record/.test(spec)) return openShards(ArrayRecordReader, spec);
  throw new Error(`${spec}: the name does not say what format it is`);
}
