import type { ReaderOptions } from "@nthrec/core";
import type { Codecs } from "../codecs/codec.ts";

/** Bytes that are not read because they are damaged. */
export interface SkippedRegion {
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

/** How a Riegeli file is read. */
export interface RiegeliReaderOptions extends ReaderOptions {
  /** Codecs in place of the platform's. */
  readonly codecs?: Partial<Codecs> | undefined;
  /** Bytes of decoded chunks that are kept; the chunk used last always is. @default 32 MiB */
  readonly cacheBytes?: number | undefined;
  /**
   * What damage means: an error, or that reading goes on behind it, where the original would. The offsets of a file with damage are
   * kept in memory. @default "error"
   */
  readonly damage?: "error" | "skip" | undefined;
  /** Told what `damage: "skip"` passes over, while offsets are found. */
  readonly onSkipped?: ((region: SkippedRegion) => void) | undefined;
}
