/**
 * Records by key, over any reader.
 *
 * @packageDocumentation
 */
export type { FloatKey, Key } from "./key.ts";
export { type KeySpan, type KeySpanFinder, keySpan } from "./key-span.ts";
export { keyed, keyedSync } from "./keyed.ts";
export type { KeyableReader, KeyedOptions, KeyProgress, KeyStats } from "./keyed-options.ts";
export { KeyedReader } from "./keyed-reader.ts";
