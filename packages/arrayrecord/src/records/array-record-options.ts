import type { ReaderOptions, WriterOptions } from "@nthrec/core";
import type { Codecs, Compression } from "../codecs/codec.ts";

/** How an ArrayRecord file is read. */
export interface ArrayRecordReaderOptions extends Omit<ReaderOptions, "index" | "onStaleIndex"> {
  /** Codecs in place of the platform's. */
  readonly codecs?: Partial<Codecs> | undefined;
  /** Bytes of decoded chunks that are kept; the chunk used last always is. @default 32 MiB */
  readonly cacheBytes?: number | undefined;
  /**
   * Where the chunks lie, as the footer lists it: all in memory (`"resident"`, and `"auto"`), or at most 1 MiB of it, read again from the file
   * as it is needed (`"paged"`).
   *
   * @default "resident"
   */
  readonly offsets?: ReaderOptions["offsets"];
  /** The original's options in its own form, `"index_storage_option:offloaded"`; the fields go before it. @default "" */
  readonly optionString?: string | undefined;
  /** The original's; checked, without effect: iterating reads ahead by itself. A number of bytes, or text (`"16MB"`, `"auto"`). */
  readonly readaheadBufferSize?: number | string | undefined;
  /** The original's; checked, without effect: `threads` decode. */
  readonly maxParallelism?: number | "auto" | undefined;
  /** The original's words for `offsets`, which goes before it: `"offloaded"` is `"paged"`. @default "in_memory" */
  readonly indexStorageOption?: "in_memory" | "offloaded" | undefined;
  /**
   * Worker threads that decode chunks ahead of `getMany` and `for await` over the reader; only in Node, with its own codecs
   * and a resident footer. They start when they are first needed, and end with `close`.
   *
   * @default 0
   */
  readonly threads?: number | undefined;
}

/** How an ArrayRecord file is written. Where a file is continued, what is not named here is as in the file. */
export interface ArrayRecordWriterOptions extends Omit<WriterOptions, "index"> {
  /** Codecs in place of the platform's. */
  readonly codecs?: Partial<Codecs> | undefined;
  /** The original's options in its own form, `"group_size:64,brotli:9"`; the fields below go before it. @default "" */
  readonly optionString?: string | undefined;
  /** Records that are compressed together. 1 reads fastest at random, hundreds make smaller files. @default 1 */
  readonly groupSize?: number | undefined;
  /** @default "zstd" */
  readonly compression?: Compression | undefined;
  /** The codec's level: zstd -131072 to 22, brotli 0 to 11. @default zstd 3, brotli 6 */
  readonly level?: number | undefined;
  /** Base-2 logarithm of the codec's window: zstd 10 to 31, brotli 10 to 30. @default zstd 20, brotli 22 */
  readonly windowLog?: number | "auto" | undefined;
  /** Takes protocol buffers apart into columns, which compress better. @default false */
  readonly transpose?: boolean | undefined;
  /** Bytes of columns that are compressed together: a number, or text (`"16MB"`, `"auto"`). @default 256 */
  readonly transposeBucketSize?: number | string | undefined;
  /** Makes every chunk end on a multiple of 64 KiB. @default false */
  readonly padToBlockBoundary?: boolean | undefined;
  /** The original's; checked, without effect: `threads` encode. */
  readonly maxParallelism?: number | "auto" | undefined;
  /** The original's, in milliseconds; checked, without effect. */
  readonly saturationDelayMs?: number | undefined;
  /**
   * When the footer is written: with every commit, after which any reader finds a whole file; or when the writer closes, which spares
   * its 128 KiB at every commit before. Until then readers need `tail: "ignore"`; no record is lost with a writer that dies.
   *
   * @default "commit"
   */
  readonly finalize?: "commit" | "close" | undefined;
  /**
   * Worker threads that encode whole groups of `append` and `extend` while a new file is written, up to its first commit and
   * the first verb that ends in `Sync`; only in Node, and with its own codecs. The bytes of the file are the same.
   *
   * @default 0
   */
  readonly threads?: number | undefined;
}
