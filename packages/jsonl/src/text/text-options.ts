import type { ReaderOptions, WriterOptions } from "@nthrec/core";

/** How a {@link TextReader} is opened. */
export interface TextReaderOptions extends ReaderOptions {
  /**
   * What to do with bytes that are not UTF-8, as Python's decoders do: fail with `NTH_DECODE_ERROR`, put U+FFFD in
   * their place, or leave them out. @default "strict"
   */
  readonly errors?: "strict" | "replace" | "ignore" | undefined;
  /** Whether a carriage return at the end of a line belongs to the value. @default "keep" */
  readonly crlf?: "keep" | "strip" | undefined;
}

/** How a {@link TextWriter} is opened. */
export interface TextWriterOptions extends WriterOptions {}
