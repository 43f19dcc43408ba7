import type { Arena } from "./arena.ts";
import type { Decomposition } from "./decomposition.ts";
import { FIXED32, FIXED64, VARINT } from "./states.ts";

/** The buffers of a chunk to be, one after the other in one run of bytes. */
export interface EncodedColumns {
  readonly bytes: Uint8Array;
  /** Length of each buffer. */
  readonly lengths: readonly number[];
  /** Bytes of each bucket; no buffer lies in two. */
  readonly buckets: readonly number[];
  /** The buffer of each node; of a node without data, -1. */
  readonly bufferOf: Int32Array;
}

/** Kinds of buffers in the order in which they stand. */
const KINDS = 5;
const VARINTS = 0;
const NON_PROTOS = 4;

/**
 * Gathers the values of each node in a buffer, the last value first (formats/arrayrecord.md 3.5.6).
 *
 * @param bucketSize Bytes that a bucket should have, or infinity.
 */
export function encodeColumns(
  values: Decomposition,
  bucketSize: number,
  arena: Arena,
): EncodedColumns {
  const { sizes } = values;
  const bufferOf = arena.ints(values.nodes.size).fill(-1);
  const lengths: number[] = [];
  const buckets: number[] = [];
  /** Where the buffer of each node ends. */
  const tops = arena.floats(values.nodes.size);
  let end = 0;
  for (const nodes of inOrder(values)) {
    const before = lengths.length;
    for (const node of nodes) {
      bufferOf[node] = lengths.length;
      lengths.push(sizes[node] as number);
      end += sizes[node] as number;
      tops[node] = end;
    }
    for (const size of bucketSizes(lengths.slice(before), bucketSize)) buckets.push(size);
  }
  const last = values.otherLengths();
  if (last.length > 0) {
    lengths.push(last.length);
    buckets.push(last.length);
  }
  const bytes = values.columns(tops, end + last.length);
  bytes.set(last, end);
  return { bytes, lengths, buckets, bufferOf };
}

/** The nodes that have data: kind after kind, the small ones first. */
function inOrder({ nodes, sizes }: Decomposition): number[][] {
  const kinds: number[][] = Array.from({ length: KINDS }, () => []);
  for (let node = 0; node < nodes.size; node++) {
    if ((sizes[node] as number) > 0) (kinds[kindOf(nodes.second(node))] as number[]).push(node);
  }
  const rank = (a: number, b: number): number =>
    (sizes[a] as number) - (sizes[b] as number) ||
    nodes.first(a) - nodes.first(b) ||
    nodes.second(a) - nodes.second(b);
  return kinds.map((kind) => kind.sort(rank));
}

function kindOf(tag: number): number {
  if (tag === 0) return NON_PROTOS;
  const wireType = tag & 7;
  if (wireType === VARINT) return VARINTS;
  if (wireType === FIXED32) return 1;
  return wireType === FIXED64 ? 2 : 3;
}

/** How many bytes go into each bucket, if buffers of these lengths, in rising order, go into buckets of about `bucketSize`. */
function bucketSizes(lengths: readonly number[], bucketSize: number): number[] {
  const sizes: number[] = [];
  let remaining = lengths.reduce((sum, length) => sum + length, 0);
  let current = 0;
  for (let i = lengths.length - 1; i >= 0; i--) {
    const length = lengths[i] as number;
    if (current > 0 && current + Math.floor(length / 2) >= bucketSize) {
      sizes.push(current);
      current = 0;
    }
    current += length;
    remaining -= length;
    if (remaining <= Math.floor(bucketSize / 2)) {
      current += remaining;
      break;
    }
  }
  if (current > 0) sizes.push(current);
  return sizes.reverse();
}
