import type { Compression } from "../compression/compression.ts";

/** Compresses a stream as a whole. */
export interface Deflater {
  /** What comes out, in pieces; it ends behind `end`. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Hands in more, which nobody may change after that; resolves when there is room for the next piece. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more comes. */
  end(): Promise<void>;
  /** Gives up: `output` ends or fails. */
  destroy(): void;
}

/** What differs between Node and a browser. `#platform` is one object of this type; nothing else may. */
export interface Platform {
  /**
   * Inflates `size` bytes of a compressed file. Fails, with an error of any kind, unless they are exactly one sound file
   * as the platform knows them; what was handed out until then is right.
   */
  inflate(
    pieces: AsyncIterable<Uint8Array>,
    compression: Compression,
    size: number,
  ): AsyncIterable<Uint8Array>;
  /** @param level 0 to 9; a browser has only its own, so that there it must be `undefined` */
  deflate(compression: Compression, level: number | undefined): Deflater;
}
