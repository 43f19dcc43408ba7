import type { ByteCursor } from "../bytes/byte-cursor.ts";
import { readBlock } from "../chunk/compressed-block.ts";
import type { Codecs, Compression } from "../codecs/codec.ts";
import { corrupt } from "../errors.ts";

/** The buffers of a transposed chunk, one after the other in one run of bytes. */
export interface Columns {
  readonly bytes: Uint8Array;
  /** Where each buffer begins in `bytes`, and last where the last one ends. */
  readonly borders: Float64Array;
}

/**
 * Reads the buckets, whose lengths are in the header, and cuts them into buffers (formats/arrayrecord.md 3.5.1).
 *
 * @param header Stands where it begins, and is left behind the lengths.
 * @param data Stands where the buckets begin, and is left behind them.
 * @param most Most bytes that all buffers can have.
 */
export function readColumns(
  header: ByteCursor,
  data: ByteCursor,
  compression: Compression,
  codecs: Codecs,
  most: number,
): Columns {
  const numBuckets = header.varint32();
  const numBuffers = header.varint32();
  if (numBuckets === 0 && numBuffers > 0) throw corrupt("it has buffers and no buckets");
  if (numBuckets + numBuffers > header.left)
    throw corrupt("more buffers than its header has room for");
  const buckets: Uint8Array[] = [];
  const start = data.at;
  let total = 0;
  for (let i = 0; i < numBuckets; i++) {
    const block = data.take(header.varint64());
    const bucket = readBlock(compression, block, codecs, most - total);
    total += bucket.length;
    buckets.push(bucket);
  }
  // Uncompressed ones lie behind each other as they are.
  const bytes =
    compression === "none" ? data.bytes.subarray(start, data.at) : joined(buckets, total);
  return { bytes, borders: cut(header, buckets, numBuffers) };
}

/** Where the buffers lie in the buckets; each lies in one, and together they fill all of them. */
function cut(header: ByteCursor, buckets: readonly Uint8Array[], numBuffers: number): Float64Array {
  const borders = new Float64Array(numBuffers + 1);
  let bucket = 0;
  let left = buckets[0]?.length ?? 0;
  let at = 0;
  for (let i = 0; i < numBuffers; i++) {
    const length = header.varint64();
    if (length > left) throw corrupt(`buffer ${i} goes on beyond its bucket`);
    left -= length;
    at += length;
    borders[i + 1] = at;
    while (left === 0 && bucket + 1 < buckets.length)
      left = (buckets[++bucket] as Uint8Array).length;
  }
  if (left > 0 || bucket + 1 < buckets.length)
    throw corrupt("a bucket holds more than its buffers");
  return borders;
}

function joined(buckets: readonly Uint8Array[], total: number): Uint8Array {
  if (buckets.length === 1) return buckets[0] as Uint8Array;
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const bucket of buckets) {
    bytes.set(bucket, at);
    at += bucket.length;
  }
  return bytes;
}
