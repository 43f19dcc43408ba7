import type { WriterOptions } from "@nthrec/core";
import type { LayoutOptions } from "../values/layout.ts";

/** Options of {@link TensorBlob.open}. */
export interface TensorBlobOptions
  extends LayoutOptions,
    Pick<WriterOptions, "durability" | "lockTimeoutMs" | "onRecovery"> {
  /** Tensors in a block file, of a blob that is made. @default 8192 */
  readonly blockSize?: number | undefined;
  /** Block files kept open at a time. @default 64 */
  readonly maxCachedBlocks?: number | undefined;
}

/** How {@link TensorBlob.extend} puts the other blob's tensors. */
export interface ExtendOptions {
  /**
   * Whether they follow this blob's in their order, each read and written. Else whole blocks are copied as files, and
   * this blob's last, partly filled block moves behind them. @default false
   */
  readonly maintainOrder?: boolean | undefined;
}
