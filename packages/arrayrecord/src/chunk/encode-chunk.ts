import type { Codecs } from "../codecs/codec.ts";
import { compressOptions, type WriterSettings } from "../options/writer-settings.ts";
import { encodeTransposed } from "../transposed/encode-transposed.ts";
import type { ChunkRecords } from "./chunk-records.ts";
import { encodeSimple } from "./simple-chunk.ts";

/** The data of one chunk as some settings want them; valid until the next call. */
export function encodeChunk(
  records: ChunkRecords,
  settings: WriterSettings,
  codecs: Codecs,
): Uint8Array {
  const { compression, transpose, transposeBucketSize: bucketSize } = settings;
  const options = compressOptions(settings);
  return transpose
    ? encodeTransposed(records, compression, codecs, { ...options, bucketSize })
    : encodeSimple(records, compression, codecs, options);
}
