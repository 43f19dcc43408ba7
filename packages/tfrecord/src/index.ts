/**
 * Any record of any TFRecord file by number, and what is in it.
 *
 * @packageDocumentation
 */
export type { Compression } from "./compression/compression.ts";
export type { InflatePlace } from "./compression/inflate-place.ts";
export { formatTFRecordIndex, type TFRecordIndexEntry } from "./dali/index-entry.ts";
export {
  createTFRecordIndex,
  getTFRecordIndexEntries,
  indexTFRecordBytes,
  type ReadIndexOptions,
  readTFRecordIndex,
  type TFRecordIndexOptions,
} from "./dali/index-file.ts";
export { type IndexStreamOptions, indexTFRecordStream } from "./dali/index-stream.ts";
export type { IndexProblem, ProblemListener } from "./dali/parse-index.ts";
export { encodeExample, encodeSequenceExample } from "./example/encode.ts";
export {
  type DecodeOptions,
  decodeExample,
  decodeSequenceExample,
  type Example,
  type FeatureLists,
  type SequenceExample,
} from "./example/example.ts";
export type { Feature, FeatureKind } from "./example/feature.ts";
export type {
  FeatureInput,
  FeatureInputs,
  FeatureListInputs,
  FeatureValue,
} from "./example/feature-value.ts";
export {
  type FeatureSummary,
  type InferredSchema,
  inferExampleSchema,
} from "./example/infer-schema.ts";
export {
  type ExampleOf,
  type ExampleSchema,
  exampleSchema,
  type FeatureSpec,
  type FeatureSpecs,
} from "./example/schema.ts";
export { exampleKey } from "./random-access/example-key.ts";
export type {
  FeatureScalar,
  RandomAccessOptions,
  RandomAccessStats,
} from "./random-access/random-access-options.ts";
export { TFRecordRandomAccess } from "./random-access/tfrecord-random-access.ts";
export type {
  ChecksumLevel,
  DamageOptions,
  TFRecordReaderOptions,
  TFRecordWriterOptions,
} from "./records/record-options.ts";
export { TFRecordReader } from "./records/tfrecord-reader.ts";
export { TFRecordWriter } from "./records/tfrecord-writer.ts";
export {
  type ReadRecordsOptions,
  type RecordStreamInput,
  readTFRecords,
} from "./stream/read-records.ts";
export { type StreamWriterOptions, TFRecordStreamWriter } from "./stream/stream-writer.ts";
export type { StemRule } from "./tar/member-name.ts";
export { type TarMember, TarReader, type TarReaderOptions } from "./tar/tar-reader.ts";
