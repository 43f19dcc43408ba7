export { Cursor, type CursorOptions, type CursorState } from "./cursor.ts";
export { Permutation, type PermutationOptions, permutation } from "./permutation.ts";
export { RecordOrder } from "./record-order.ts";
export { type Remainder, type ShardLayout, type ShardOptions, shard } from "./shard.ts";
