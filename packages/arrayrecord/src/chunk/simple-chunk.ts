import { varintWidth } from "@nthrec/core";
import { ByteCursor } from "../bytes/byte-cursor.ts";
import { putVarint } from "../bytes/put-varint.ts";
import type { Codecs, Compression, CompressOptions } from "../codecs/codec.ts";
import { compressionCode, compressionOf } from "../codecs/compression-code.ts";
import { corrupt } from "../errors.ts";
import { type ChunkCounts, type ChunkRecords, newEnds } from "./chunk-records.ts";
import { readBlock, writeBlock } from "./compressed-block.ts";

/** Longest varint of a size, bytes. */
const SIZE_BYTES = 10;
/** What the original holds before it begins to stream: shorter blocks have their size in the stream. */
const ONE_SHOT_BYTES = 4096;

/**
 * The records of a simple chunk (formats/arrayrecord.md 3.3). Uncompressed ones are views of `data`.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function decodeSimple(counts: ChunkCounts, data: Uint8Array, codecs: Codecs): ChunkRecords {
  const { numRecords, decodedDataSize } = counts;
  const compression = compressionOf(data[0]);
  const cursor = new ByteCursor(data, 1);
  const sizesBlock = cursor.take(cursor.varint64());
  const sizes = readBlock(compression, sizesBlock, codecs, numRecords * SIZE_BYTES);
  if (sizes.length < numRecords) throw corrupt("fewer sizes than records");
  const ends = readEnds(counts, sizes);
  const bytes = readBlock(compression, cursor.take(cursor.left), codecs, decodedDataSize);
  if (bytes.length !== decodedDataSize) {
    throw corrupt(`its records hold ${bytes.length} bytes, not ${decodedDataSize}`);
  }
  return { bytes, ends };
}

function readEnds(counts: ChunkCounts, sizes: Uint8Array): ChunkRecords["ends"] {
  const { numRecords, decodedDataSize } = counts;
  const cursor = new ByteCursor(sizes);
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

/** The data of a simple chunk that holds `records`. */
export function encodeSimple(
  { bytes, ends }: ChunkRecords,
  compression: Compression,
  codecs: Codecs,
  options: CompressOptions,
): Uint8Array {
  const sizes = new Uint8Array(ends.length * SIZE_BYTES);
  let width = 0;
  let last = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    width = putVarint(sizes, width, end - last);
    last = end;
  }
  const compress = (block: Uint8Array): Uint8Array =>
    writeBlock(compression, block, codecs, {
      ...options,
      sizeKnown: block.length < ONE_SHOT_BYTES,
    });
  const sizesBlock = compress(sizes.subarray(0, width));
  const values = compress(bytes);
  const head = 1 + varintWidth(sizesBlock.length);
  const data = new Uint8Array(head + sizesBlock.length + values.length);
  data[0] = compressionCode(compression);
  putVarint(data, 1, sizesBlock.length);
  data.set(sizesBlock, head);
  data.set(values, head + sizesBlock.length);
  return data;
}
