import { putVarint } from "../bytes/put-varint.ts";
import type { Arena } from "./arena.ts";
import type { Decomposer } from "./decomposer.ts";
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
/** Up to here bytes are copied one by one: a view to copy from costs more. */
const SHORT_BYTES = 24;

/**
 * Gathers the values of each node in a buffer, the last value first (formats/arrayrecord.md 3.5.6).
 *
 * @param bytes The records that were taken apart.
 * @param bucketSize Bytes that a bucket should have, or infinity.
 */
export function encodeColumns(
  bytes: Uint8Array,
  values: Decomposer,
  bucketSize: number,
  arena: Arena,
): EncodedColumns {
  const sizes = nodeSizes(values, arena);
  const bufferOf = arena.ints(values.nodes.size).fill(-1);
  const lengths: number[] = [];
  const buckets: number[] = [];
  /** Where the buffer of each node ends, and later where its next value goes. */
  const tops = arena.floats(values.nodes.size);
  let end = 0;
  for (const nodes of inOrder(values, sizes)) {
    const before = lengths.length;
    for (const node of nodes) {
      bufferOf[node] = lengths.length;
      lengths.push(sizes[node] as number);
      end += sizes[node] as number;
      tops[node] = end;
    }
    for (const size of bucketSizes(lengths.slice(before), bucketSize)) buckets.push(size);
  }
  const last = nonProtoLengths(values);
  if (last.length > 0) {
    lengths.push(last.length);
    buckets.push(last.length);
  }
  const out = new Uint8Array(end + last.length);
  out.set(last, end);
  fill(out, bytes, values, tops);
  return { bytes: out, lengths, buckets, bufferOf };
}

function nodeSizes({ nodes, valueNodes, valueLengths }: Decomposer, arena: Arena): Float64Array {
  const sizes = arena.floats(nodes.size);
  for (let i = 0; i < valueNodes.length; i++) {
    const node = valueNodes.items[i] as number;
    sizes[node] = (sizes[node] as number) + ((valueLengths.items[i] as number) >>> 0);
  }
  return sizes;
}

/** The nodes that have data: kind after kind, the small ones first. */
function inOrder({ nodes }: Decomposer, sizes: Float64Array): number[][] {
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

/** The lengths of the records that are no messages, the last one first. */
function nonProtoLengths({ nodes, nonProtos, valueNodes, valueLengths }: Decomposer): Uint8Array {
  const lengths = new Uint8Array(5 * nonProtos);
  let at = 0;
  for (let i = nonProtos === 0 ? -1 : valueNodes.length - 1; i >= 0; i--) {
    if (nodes.second(valueNodes.items[i] as number) !== 0) continue;
    at = putVarint(lengths, at, (valueLengths.items[i] as number) >>> 0);
  }
  return lengths.subarray(0, at);
}

function fill(out: Uint8Array, bytes: Uint8Array, values: Decomposer, tops: Float64Array): void {
  const { nodes, valueNodes, valueStarts, valueLengths } = values;
  for (let i = 0; i < valueNodes.length; i++) {
    const node = valueNodes.items[i] as number;
    const start = (valueStarts.items[i] as number) >>> 0;
    const length = (valueLengths.items[i] as number) >>> 0;
    const to = (tops[node] as number) - length;
    tops[node] = to;
    const tag = nodes.second(node);
    if ((tag & 7) === VARINT && tag !== 0) {
      for (let k = 0; k < length; k++) out[to + k] = (bytes[start + k] as number) & 0x7f;
    } else if (length > SHORT_BYTES) {
      out.set(bytes.subarray(start, start + length), to);
    } else {
      for (let k = 0; k < length; k++) out[to + k] = bytes[start + k] as number;
    }
  }
}
