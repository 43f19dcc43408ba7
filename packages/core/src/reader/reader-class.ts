import type { ByteSource } from "../source/byte-source.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** A concrete reader class, as `open` is called on it. */
export interface ReaderClass<R, O extends ReaderOptions = ReaderOptions> {
  new (source: ByteSource, options?: O): R;
  readonly indexSuffix: string;
  readonly format: string;
  /** Optional. Loads what reading needs; every verb that opens data and may wait awaits it first. */
  prepare?(): Promise<void>;
}
