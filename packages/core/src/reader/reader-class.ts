import type { ByteSource } from "../source/byte-source.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** A concrete reader class, as `open` is called on it. */
export interface ReaderClass<R, O extends ReaderOptions = ReaderOptions> {
  new (source: ByteSource, options?: O): R;
  readonly indexSuffix: string;
  readonly format: string;
  /** Optional. Whether data of the format are a folder each: then a folder is one shard of a set, and not the files in it. */
  readonly folders?: boolean;
  /** Optional. Loads what reading needs; every verb that opens data and may wait awaits it first. */
  prepare?(): Promise<void>;
}
