import type { ReaderOptions, WriterOptions } from "@nthrec/core";
import type { ValueReadOptions, ValueWriteOptions } from "../values/value-options.ts";

/** How a {@link MsgpackReader} or {@link MsgpackStreamReader} is opened. */
export interface MsgpackReaderOptions extends ReaderOptions, ValueReadOptions {}

/** How a {@link MsgpackWriter} or {@link MsgpackStreamWriter} is opened. */
export interface MsgpackWriterOptions extends WriterOptions, ValueWriteOptions {}
