import type { ExtensionCodecType } from "@msgpack/msgpack";
import { checkChoice } from "@nthrec/core";

/** How values of MessagePack become values of JavaScript. */
export interface ValueReadOptions {
  /**
   * What integers beyond ±(2^53 - 1) become, which a number cannot hold exactly: rounded numbers, bigints, or strings
   * with their exact digits. Other integers stay numbers. @default "number"
   */
  readonly bigints?: "number" | "bigint" | "text" | undefined;
  /**
   * What maps become. `"auto"`: objects, but a `Map` where a key is no text. `"map"`: always a `Map`, which keeps the
   * order of all keys. `"object"`: always objects; numbers, booleans and `null` become the text of keys, other keys
   * are an error. @default "auto"
   */
  readonly maps?: "auto" | "map" | "object" | undefined;
  /** What timestamps become: a `Date`, to the millisecond, or a {@link Timestamp}, to the nanosecond. @default "date" */
  readonly timestamps?: "date" | "exact" | undefined;
  /** Text that is no UTF-8: `"strict"` fails for that record, `"replace"` puts U+FFFD into its place. @default "strict" */
  readonly errors?: "strict" | "replace" | undefined;
  /** Whether the maps that msgpack-numpy makes of arrays, scalars and complex numbers become those. @default true */
  readonly numpy?: boolean | undefined;
  /** An `ExtensionCodec` of @msgpack/msgpack for types from 0 on; without it an extension is an `ExtData`. */
  readonly extensions?: ExtensionCodecType<undefined> | undefined;
}

/** Refuses a word that is mistyped: it would mean another one. @throws {@link TypeError} */
export function checkReadOptions(options: ValueReadOptions): void {
  checkChoice("bigints", options.bigints, ["number", "bigint", "text"]);
  checkChoice("maps", options.maps, ["auto", "map", "object"]);
  checkChoice("timestamps", options.timestamps, ["date", "exact"]);
  checkChoice("errors", options.errors, ["strict", "replace"]);
}

/** How values of JavaScript become values of MessagePack. */
export interface ValueWriteOptions {
  /** An `ExtensionCodec` of @msgpack/msgpack, which is asked first about every object. */
  readonly extensions?: ExtensionCodecType<undefined> | undefined;
}

/** Containers in containers, as deep as the original's decoder goes. */
export const MAX_DEPTH = 1024;
