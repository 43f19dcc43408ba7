import type { Codec, Codecs } from "../../codecs/codec.ts";
import { loadSnappy } from "../../codecs/snappy.ts";
import { DEFAULT_WINDOW_LOG, loadZstdWasm } from "../../codecs/zstd-wasm.ts";
import type { CodecPlatform } from "../platform.ts";
import { brotli } from "./brotli.ts";
import { zlibZstd } from "./zlib-zstd.ts";

/** Shorter streams are quicker in WebAssembly: zlib makes a context for each call. */
const WASM_BYTES = 8 * 1024;

/** Node's codecs: zlib's brotli, its zstd where it has one, and WebAssembly. */
export const platform: CodecPlatform = {
  codecNow(name: keyof Codecs): Codec | undefined {
    return name === "brotli" ? brotli : undefined;
  },

  async loadCodec(name: keyof Codecs): Promise<Codec> {
    if (name === "brotli") return brotli;
    if (name === "snappy") return await loadSnappy();
    return quickerZstd(await loadZstdWasm(), zlibZstd);
  },
};

/** For each stream the quicker one of two codecs; the other where there is no choice. */
export function quickerZstd(wasm: Codec, zlib: Codec | undefined): Codec {
  if (zlib === undefined) return wasm;
  return {
    compress(bytes, options) {
      const plain = options.windowLog === undefined || options.windowLog === DEFAULT_WINDOW_LOG;
      const codec = plain && bytes.length < WASM_BYTES ? wasm : zlib;
      return codec.compress(bytes, options);
    },
    decompress: (bytes, size) => (size < WASM_BYTES ? wasm : zlib).decompress(bytes, size),
  };
}
