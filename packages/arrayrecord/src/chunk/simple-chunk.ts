import { varintWidth } from "@nthrec/core";
import { ByteCursor } from "../bytes/byte-cursor.ts";
import { putVarint } from "../bytes/put-varint.ts";
import type { Codecs, Compression, CompressOptions } from "../codecs/codec.ts";
import { compressionCode, compressionOf } from "../codecs/compression-code.ts";
import { corrupt } from "../errors.ts";
import { type ChunkCounts, type ChunkRecords, newEnds } from "./chunk-records.ts";
import { readBlock } from "./compressed-block.ts";

/** Longest varint of a size, bytes. */
const SIZE_BYTES = 10;
/** What the original holds before it begins to stream: shorter blocks have their size in the stream. */
const ONE_SHOT_BYTES = 4096;
/** Chunks up to this size are encoded in memory that is kept: new memory costs more than filling it. */
const KEPT_BYTES = 1024 * 1024;

/**
 * The records of a simple chunk (formats/arrayrecord.md 3.3). Uncompressed ones are views of `data`.
 *
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function decodeSimple(counts: ChunkCounts, data: Uint8Array, codecs: Codecs): ChunkRecords {
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
  const bytes = readBlock(compression, block, codecs, decodedDataSize);
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
  const sizes = readBlock(compression, block, codecs, counts.numRecords * SIZE_BYTES);
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

/** What sizes are written to, and whole chunks; each grows as it is needed. */
let sizesMemory: Uint8Array = /* @__PURE__ */ new Uint8Array(1024);
let chunkMemory: Uint8Array = /* @__PURE__ */ new Uint8Array(16 * 1024);

/** The data of a simple chunk that holds `records`: valid until the next call. */
export function encodeSimple(
  { bytes, ends }: ChunkRecords,
  compression: Compression,
  codecs: Codecs,
  options: CompressOptions,
): Uint8Array {
  const sizes = sizesOf(ends);
  const codec = compression === "none" ? undefined : codecs[compression];
  const streamOf = (block: Uint8Array): Uint8Array =>
    codec === undefined
      ? block
      : codec.compress(block, { ...options, sizeKnown: block.length < ONE_SHOT_BYTES });
  const sizesStream = streamOf(sizes);
  const stream = streamOf(bytes);
  const head = codec === undefined ? 0 : varintWidth(sizes.length);
  const sizesWidth = head + sizesStream.length;
  const data = memoryFor(1 + 3 * SIZE_BYTES + sizesWidth + stream.length);
  data[0] = compressionCode(compression);
  let at = putVarint(data, 1, sizesWidth);
  if (codec !== undefined) at = putVarint(data, at, sizes.length);
  data.set(sizesStream, at);
  at += sizesStream.length;
  if (codec !== undefined) at = putVarint(data, at, bytes.length);
  data.set(stream, at);
  return data.subarray(0, at + stream.length);
}

/** The sizes of records as varints; valid until the next call. */
function sizesOf(ends: ChunkRecords["ends"]): Uint8Array {
  if (ends.length * SIZE_BYTES > sizesMemory.length) {
    sizesMemory = new Uint8Array(ends.length * SIZE_BYTES);
  }
  let width = 0;
  let last = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    width = putVarint(sizesMemory, width, end - last);
    last = end;
  }
  return sizesMemory.subarray(0, width);
}

function memoryFor(size: number): Uint8Array {
  if (size > KEPT_BYTES) return new Uint8Array(size);
  if (size > chunkMemory.length) {
    chunkMemory = new Uint8Array(Math.max(size, 2 * chunkMemory.length));
  }
  return chunkMemory;
}
