import { varintWidth } from "@nthrec/core";
import { putVarint } from "../bytes/put-varint.ts";
import type { Codec, Codecs, Compression, CompressOptions } from "../codecs/codec.ts";
import { compressionCode } from "../codecs/compression-code.ts";
import { type ChunkData, wholeOf } from "./chunk-data.ts";
import type { ChunkRecords } from "./chunk-records.ts";

/** Longest varint of a size, bytes. */
const SIZE_BYTES = 10;
/** What the original holds before it begins to stream: shorter blocks have their size in the stream. */
const ONE_SHOT_BYTES = 4096;
/** Heads up to this length have a view that is kept: of a single record it is always one of a few. */
const KEPT_VIEWS = 64;

/** What sizes are written to, and heads of chunks; each grows as it is needed. */
let sizesMemory: Uint8Array = /* @__PURE__ */ new Uint8Array(1024);
let headMemory: Uint8Array = /* @__PURE__ */ new Uint8Array(2048);
/** Views of the first bytes of `sizesMemory` and of `headMemory`, by their length. */
let sizesViews: Uint8Array[] = [];
let headViews: Uint8Array[] = [];

/** The data of a simple chunk that holds `records`, in memory of their own (formats/arrayrecord.md 3.3). */
export function encodeSimple(
  records: ChunkRecords,
  compression: Compression,
  codecs: Codecs,
  options: CompressOptions,
): Uint8Array {
  return wholeOf(simpleData(records, compression, codecs, options));
}

/** {@link encodeSimple}, in parts: records that are not compressed stay where they are. Valid until the next call. */
export function simpleData(
  { bytes, ends }: ChunkRecords,
  compression: Compression,
  codecs: Codecs,
  options: CompressOptions,
): ChunkData {
  const sizes = sizesOf(ends);
  if (compression === "none") return { head: plainHead(sizes), body: bytes };
  const codec = codecs[compression];
  const stream = compressed(codec, sizes, options);
  // The codec may use the memory of one stream for the next: this one is copied before there is another.
  const head = memoryForHead(1 + 3 * SIZE_BYTES + stream.length);
  head[0] = compressionCode(compression);
  let at = putVarint(head, 1, varintWidth(sizes.length) + stream.length);
  at = putVarint(head, at, sizes.length);
  at = put(head, stream, at);
  at = putVarint(head, at, bytes.length);
  return { head: viewOfHead(at), body: compressed(codec, bytes, options) };
}

function plainHead(sizes: Uint8Array): Uint8Array {
  const head = memoryForHead(1 + SIZE_BYTES + sizes.length);
  head[0] = compressionCode("none");
  return viewOfHead(put(head, sizes, putVarint(head, 1, sizes.length)));
}

function compressed(codec: Codec, block: Uint8Array, options: CompressOptions): Uint8Array {
  const { level, windowLog } = options;
  return codec.compress(block, { level, windowLog, sizeKnown: block.length < ONE_SHOT_BYTES });
}

/** Copies `bytes` to `at`; answers where they end. */
function put(target: Uint8Array, bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  if (length > KEPT_VIEWS) target.set(bytes, at);
  else for (let i = 0; i < length; i++) target[at + i] = bytes[i] as number;
  return at + length;
}

/** The sizes of records as varints; valid until the next call. */
function sizesOf(ends: ChunkRecords["ends"]): Uint8Array {
  const { length } = ends;
  if (length * SIZE_BYTES > sizesMemory.length) {
    sizesMemory = new Uint8Array(length * SIZE_BYTES);
    sizesViews = [];
  }
  let width = 0;
  let last = 0;
  for (let i = 0; i < length; i++) {
    const end = ends[i] as number;
    width = putVarint(sizesMemory, width, end - last);
    last = end;
  }
  return kept(sizesMemory, sizesViews, width);
}

function memoryForHead(size: number): Uint8Array {
  if (size > headMemory.length) {
    headMemory = new Uint8Array(Math.max(size, 2 * headMemory.length));
    headViews = [];
  }
  return headMemory;
}

function viewOfHead(length: number): Uint8Array {
  return kept(headMemory, headViews, length);
}

/** The first bytes of some memory, as a view that is made once where it is short. */
function kept(memory: Uint8Array, views: Uint8Array[], length: number): Uint8Array {
  if (length >= KEPT_VIEWS) return memory.subarray(0, length);
  views[length] ??= memory.subarray(0, length);
  return views[length];
}
