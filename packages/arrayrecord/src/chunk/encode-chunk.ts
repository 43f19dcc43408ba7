import type { Codecs } from "../codecs/codec.ts";
import type { WriterSettings } from "../options/writer-settings.ts";
import { encodeTransposed } from "../transposed/encode-transposed.ts";
import type { ChunkData } from "./chunk-data.ts";
import type { ChunkRecords } from "./chunk-records.ts";
import { simpleData } from "./encode-simple.ts";

const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** The data of one chunk as some settings want them; valid until the next call. */
export function encodeChunk(
  records: ChunkRecords,
  settings: WriterSettings,
  codecs: Codecs,
): ChunkData {
  const { compression, transpose } = settings;
  if (!transpose) return simpleData(records, compression, codecs, settings);
  const { level, windowLog, transposeBucketSize: bucketSize } = settings;
  return {
    head: NO_BYTES,
    body: encodeTransposed(records, compression, codecs, { level, windowLog, bucketSize }),
  };
}
