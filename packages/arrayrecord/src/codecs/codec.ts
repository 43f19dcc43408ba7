/** How a chunk's blocks are compressed. */
export type Compression = "none" | "brotli" | "zstd" | "snappy";

/** How one stream is to be compressed. */
export interface CompressOptions {
  /** The codec's own level; undefined takes its default. */
  readonly level?: number | undefined;
  /** Base-2 logarithm of the window; undefined leaves it to the codec. */
  readonly windowLog?: number | undefined;
  /** Whether the original would tell the codec the size beforehand, so that it stands in the stream. */
  readonly sizeKnown?: boolean | undefined;
}

/** The half of a codec that writes. */
export interface Encoder {
  /**
   * Compresses `bytes` to one complete stream, also when there are none of them. The stream may lie in memory that the next call
   * uses again.
   *
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for options that this codec does not have
   */
  compress(bytes: Uint8Array, options: CompressOptions): Uint8Array;

  /**
   * Optional. Asked when a writer is made, before there is something to compress.
   *
   * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` for options that this codec does not have
   */
  check?(options: CompressOptions): void;
}

/** The half of a codec that reads. */
export interface Decoder {
  /**
   * Decompresses one stream to exactly `size` bytes, memory of their own.
   *
   * @throws when the stream is damaged, holds another number of bytes, or does not end with `bytes`
   */
  decompress(bytes: Uint8Array, size: number): Uint8Array;
  /** Optional. The same in memory that the next call overwrites, for callers who copy what they keep. */
  lend?(bytes: Uint8Array, size: number): Uint8Array;
}

/** One compression format, at once and in memory. Bring your own with the option `codecs`. */
export interface Codec extends Encoder, Decoder {}

/** A codec for each compression of the format. */
export interface Codecs {
  readonly brotli: Codec;
  readonly zstd: Codec;
  readonly snappy: Codec;
}
