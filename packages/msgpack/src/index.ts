/**
 * The n-th value of any MessagePack file, numpy arrays included.
 *
 * @packageDocumentation
 */
export { ExtData, ExtensionCodec, type ExtensionCodecType } from "@msgpack/msgpack";
export { MsgpackHandle, type MsgpackHandleOptions } from "./files/msgpack-handle.ts";
export type { MsgpackReaderOptions, MsgpackWriterOptions } from "./files/msgpack-options.ts";
export { MsgpackReader } from "./files/msgpack-reader.ts";
export { MsgpackStreamReader } from "./files/msgpack-stream-reader.ts";
export { MsgpackStreamWriter } from "./files/msgpack-stream-writer.ts";
export { MsgpackWriter } from "./files/msgpack-writer.ts";
export { Complex } from "./numpy/complex.ts";
export { float16Values } from "./numpy/float16.ts";
export { type Dtype, type Tensor, type TensorData, tensor } from "./numpy/tensor.ts";
export { Timestamp } from "./values/timestamp.ts";
export type { ValueReadOptions, ValueWriteOptions } from "./values/value-options.ts";
export type { ArrayHead } from "./wire/array-head.ts";
