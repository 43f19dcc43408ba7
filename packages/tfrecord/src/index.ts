/**
 * Any record of any TFRecord file by number.
 *
 * @packageDocumentation
 */
export type {
  ChecksumLevel,
  TFRecordReaderOptions,
  TFRecordWriterOptions,
} from "./records/record-options.ts";
export { TFRecordReader } from "./records/tfrecord-reader.ts";
export { TFRecordWriter } from "./records/tfrecord-writer.ts";
