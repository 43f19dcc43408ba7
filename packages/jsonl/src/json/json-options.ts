import type { ReaderOptions, WriterOptions } from "@nthrec/core";
import type { Reviver } from "./exact-integers.ts";
import type { Replacer } from "./stringify.ts";

/** How a {@link JsonlReader} is opened. */
export interface JsonlReaderOptions extends ReaderOptions {
  /** Passed to `JSON.parse` with every record. */
  readonly reviver?: Reviver | undefined;
  /**
   * What integers beyond ±(2^53 - 1) become, which a number cannot hold exactly: rounded numbers as `JSON.parse`
   * makes them, bigints, or strings with their exact digits. Other numbers stay numbers. @default "number"
   */
  readonly bigints?: "number" | "bigint" | "text" | undefined;
  /**
   * What a line with nothing but spaces, tabs and carriage returns is: a record that cannot be read, so that line
   * `i` is record `i` always; or nothing, in a filtered view whose offsets stay in memory. @default "error"
   */
  readonly blankLines?: "error" | "skip" | undefined;
}

/** How a {@link JsonlWriter} is opened. */
export interface JsonlWriterOptions extends WriterOptions {
  /** Passed to `JSON.stringify` with every record. */
  readonly replacer?: Replacer | undefined;
  /**
   * What a bigint becomes: `"number"` refuses it, `"bigint"` writes it as an integer, from -2^63 to 2^64 - 1. A file
   * with larger integers than 2^53 - 1 is read exactly only by readers that keep them. @default "number"
   */
  readonly bigints?: "number" | "bigint" | undefined;
}
