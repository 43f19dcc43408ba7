import { ByteCursor } from "../bytes/byte-cursor.ts";
import type { Codecs, Compression } from "../codecs/codec.ts";
import { compressionOf } from "../codecs/compression-code.ts";
import { corrupt } from "../errors.ts";
import { type ChunkCounts, type ChunkRecords, newEnds } from "./chunk-records.ts";
import { readBlock } from "./compressed-block.ts";

/** Longest varint of a size, bytes. */
const SIZE_BYTES = 10;

/**
 * The records of a simple chunk (formats/arrayrecord.md 3.3). Uncompressed ones are views of `data`.
 *
 * @param lend Whether others may be in memory that the next chunk overwrites.
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function decodeSimple(
  counts: ChunkCounts,
  data: Uint8Array,
  codecs: Codecs,
  lend = false,
): ChunkRecords {
  const { decodedDataSize } = counts;
  const compression = compressionOf(data[0]);
  const cursor = new ByteCursor(data, 1);
  const width = cursor.varint64();
  if (width > cursor.left) throw corrupt("data ends too early");
  const start = cursor.at;
  cursor.at += width;
  const ends =
    compression === "none"
      ? readEnds(counts, data, start, cursor.at)
      : compressedEnds(counts, data.subarray(start, cursor.at), compression, codecs);
  const block = data.subarray(cursor.at, cursor.end);
  const bytes = readBlock(compression, block, codecs, decodedDataSize, lend);
  if (bytes.length !== decodedDataSize) {
    throw corrupt(`its records hold ${bytes.length} bytes, not ${decodedDataSize}`);
  }
  return { bytes, ends };
}

function compressedEnds(
  counts: ChunkCounts,
  block: Uint8Array,
  compression: Compression,
  codecs: Codecs,
): ChunkRecords["ends"] {
  const sizes = readBlock(compression, block, codecs, counts.numRecords * SIZE_BYTES, true);
  return readEnds(counts, sizes, 0, sizes.length);
}

function readEnds(
  counts: ChunkCounts,
  sizes: Uint8Array,
  start: number,
  stop: number,
): ChunkRecords["ends"] {
  const { numRecords, decodedDataSize } = counts;
  if (stop - start < numRecords) throw corrupt("fewer sizes than records");
  const cursor = new ByteCursor(sizes, start, stop);
  const ends = newEnds(counts);
  let end = 0;
  for (let i = 0; i < numRecords; i++) {
    end += cursor.varint64();
    if (end > decodedDataSize) throw corrupt("decoded data size larger than expected");
    ends[i] = end;
  }
  if (end !== decodedDataSize) throw corrupt("decoded data size smaller than expected");
  cursor.finish("sizes");
  return ends;
}
