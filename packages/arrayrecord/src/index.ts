export type { Codec, Codecs, Compression, CompressOptions } from "./codecs/codec.ts";
export { ModuleReader, type ModuleReaderOptions } from "./compatible/module-reader.ts";
export { ModuleWriter } from "./compatible/module-writer.ts";
export {
  ArrayRecordDataSource,
  type DataSourceDescriptor,
  type DataSourceOptions,
  type DataSourcePaths,
  type ResolvedInstruction,
} from "./data-source/array-record-data-source.ts";
export { checkGroupSize, type GroupSizeListener } from "./data-source/check-group-size.ts";
export type { FileInstruction } from "./data-source/file-instruction.ts";
export type {
  ArrayRecordReaderOptions,
  ArrayRecordWriterOptions,
} from "./records/array-record-options.ts";
export { ArrayRecordReader } from "./records/array-record-reader.ts";
export { ArrayRecordWriter } from "./records/array-record-writer.ts";
export type { RecordsMetadata } from "./riegeli/records-metadata.ts";
export type { RiegeliReaderOptions, SkippedRegion } from "./riegeli/riegeli-options.ts";
export { RiegeliReader } from "./riegeli/riegeli-reader.ts";
