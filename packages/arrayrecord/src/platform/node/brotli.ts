import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { copyBytes } from "../../bytes/copy-bytes.ts";
import { storedBrotli } from "../../codecs/brotli-stored.ts";
import type { Codec } from "../../codecs/codec.ts";
import { corrupt } from "../../errors.ts";
import { plainView } from "./plain-view.ts";

const DEFAULT_LEVEL = 6;
const DEFAULT_WINDOW_LOG = 22;
/** Beyond it streams need the large-window form. */
const PLAIN_WINDOW_LOG = 24;
/** First size of the output, as a multiple of the input: a damaged size asks for no more. */
const GUESS = 64;

/** What zlib answers with `info: true`, which its types leave out. */
interface Answer {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** Brotli by Node's zlib; streams of large windows too. */
export const brotli: Codec = {
  compress(bytes, { level = DEFAULT_LEVEL, windowLog = DEFAULT_WINDOW_LOG }) {
    const stream = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: level,
        [constants.BROTLI_PARAM_LGWIN]: windowLog,
        [constants.BROTLI_PARAM_LARGE_WINDOW]: windowLog > PLAIN_WINDOW_LOG ? 1 : 0,
      },
    });
    return plainView(stream);
  },

  decompress(bytes, size) {
    const stored = storedBrotli(bytes, size);
    if (stored !== undefined) return copyBytes(stored);
    const { buffer, engine } = brotliDecompressSync(bytes, {
      params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
      maxOutputLength: Math.max(1, size),
      // When the last byte fills the memory, zlib provides as much again.
      chunkSize: Math.max(64, Math.min(size + 1, 65536 + bytes.length * GUESS)),
      info: true,
    } as object) as unknown as Answer;
    if (buffer.length !== size) throw corrupt(`its stream holds ${buffer.length} bytes`);
    if (engine.bytesWritten !== bytes.length) throw corrupt("bytes behind the brotli stream");
    return plainView(buffer);
  },

  lend(bytes, size) {
    return storedBrotli(bytes, size) ?? brotli.decompress(bytes, size);
  },
};
