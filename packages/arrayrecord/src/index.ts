export type { Codec, Codecs, Compression, CompressOptions } from "./codecs/codec.ts";
export type {
  ArrayRecordReaderOptions,
  ArrayRecordWriterOptions,
} from "./records/array-record-options.ts";
export { ArrayRecordReader } from "./records/array-record-reader.ts";
export { ArrayRecordWriter } from "./records/array-record-writer.ts";
