/**
 * Any tensor of a blob of same-shaped tensors by number.
 *
 * @packageDocumentation
 */
export type { ChangeOptions, SweepOptions } from "./blob/change.ts";
export type { BlobMode } from "./blob/mode.ts";
export type { BlobPlace } from "./blob/open-store.ts";
export { TensorBlob } from "./blob/tensor-blob.ts";
export type { ExtendOptions, TensorBlobOptions } from "./blob/tensor-blob-options.ts";
export { TensorBlobReader } from "./blob/tensor-blob-reader.ts";
export { TensorBlobWriter, type TensorBlobWriterOptions } from "./blob/tensor-blob-writer.ts";
export type { ColumnsInput } from "./db/encode-rows.ts";
export type { Schema, SchemaInput } from "./db/schema.ts";
export { TensorDB } from "./db/tensor-db.ts";
export type { Columns, SelectOptions, TensorDBOptions } from "./db/tensor-db-options.ts";
export {
  type ExportOptions,
  type ExportOutput,
  exportNpy,
  exportSafetensors,
} from "./exchange/export.ts";
export { importNpy, importSafetensors, listSafetensors } from "./exchange/import.ts";
export { decodeNpy, encodeNpy } from "./exchange/npy.ts";
export { NpyReader } from "./exchange/npy-reader.ts";
export { NpyWriter } from "./exchange/npy-writer.ts";
export type { SafeTensor } from "./exchange/safetensors.ts";
export { SafetensorsReader, type SafetensorsReaderOptions } from "./exchange/safetensors-reader.ts";
export { SafetensorsWriter, type SafetensorsWriterOptions } from "./exchange/safetensors-writer.ts";
export type { BatchOptions, RowIndices } from "./stream/batch.ts";
export { type TensorReaderOptions, TensorStreamReader } from "./stream/tensor-stream-reader.ts";
export {
  TensorStreamWriter,
  type TensorStreamWriterOptions,
} from "./stream/tensor-stream-writer.ts";
export type { Dtype, TensorData } from "./values/dtype.ts";
export type { LayoutOptions } from "./values/layout.ts";
export { Tensor } from "./values/tensor.ts";
export { type NestedValues, type TensorInput, tensorOf } from "./values/tensor-input.ts";
