export { type ListShardsOptions, listShards, type ShardList } from "./list-shards.ts";
export {
  type OpenShardWriterOptions,
  openShardWriter,
  type ValueOf,
} from "./open-shard-writer.ts";
export {
  type OpenShardsOptions,
  openShards,
  openShardsSync,
  type RecordOf,
} from "./open-shards.ts";
export { parseSlice as parseShardSlice, shardNames } from "./shard-names.ts";
export type { FileInstruction, MissingShard, ShardItem, ShardSpec } from "./shard-spec.ts";
export {
  ShardedReader,
  type ShardInfo,
  type ShardLocation,
  type ShardPlace,
} from "./sharded-reader.ts";
export { ShardedWriter, type ShardPosition } from "./sharded-writer.ts";
export type { ShardProblem, ShardVerifyReport } from "./verify-shards.ts";
