/**
 * Records by key, over any reader.
 *
 * @packageDocumentation
 */
export type { FloatKey, Key } from "./key.ts";
export { keyed, keyedSync } from "./keyed.ts";
export type { KeyableReader, KeyedOptions, KeyProgress, KeyStats } from "./keyed-options.ts";
export { KeyedReader } from "./keyed-reader.ts";
