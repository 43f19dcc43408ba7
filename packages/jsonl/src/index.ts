/**
 * The n-th line of any file: JSON lines and plain text lines.
 *
 * @packageDocumentation
 */
export type { Reviver } from "./json/exact-integers.ts";
export type { JsonlReaderOptions, JsonlWriterOptions } from "./json/json-options.ts";
export { JsonlReader } from "./json/jsonl-reader.ts";
export { JsonlWriter } from "./json/jsonl-writer.ts";
export type { Replacer } from "./json/stringify.ts";
export type { TextReaderOptions, TextWriterOptions } from "./text/text-options.ts";
export { TextReader } from "./text/text-reader.ts";
export { TextWriter } from "./text/text-writer.ts";
