import type { Codec, Codecs, Decoder, Encoder } from "../../codecs/codec.ts";
import { loadSnappy } from "../../codecs/snappy.ts";
import { DEFAULT_WINDOW_LOG, loadZstdDecoder, loadZstdEncoder } from "../../codecs/zstd-wasm.ts";
import type { ChunkThreads } from "../../threads/chunk-threads.ts";
import type { CodecPlatform } from "../platform.ts";
import { brotli } from "./brotli.ts";
import { findBinding, napiZstd } from "./napi-zstd.ts";
import { WorkerThreads } from "./worker-threads.ts";
import { zlibZstd } from "./zlib-zstd.ts";

/** Shorter streams are quicker in WebAssembly: zlib makes a context for each call. */
const WASM_BYTES = 8 * 1024;

let installed: Codec | null | undefined;

/** Zstd-napi, where it is installed: the quickest for streams of every length. */
function installedZstd(): Codec | undefined {
  if (installed === undefined) {
    const binding = findBinding();
    installed = binding === undefined ? null : napiZstd(binding);
  }
  return installed ?? undefined;
}

/** Node's codecs: zlib's brotli, zstd-napi where it is installed, else zlib's zstd where it has one, and WebAssembly. */
export const platform: CodecPlatform = {
  codecNow(name: keyof Codecs): Codec | undefined {
    return name === "brotli" ? brotli : undefined;
  },

  async loadDecoder(name: keyof Codecs): Promise<Decoder> {
    if (name === "brotli") return brotli;
    if (name === "snappy") return await loadSnappy();
    return installedZstd() ?? quickerDecoder(await loadZstdDecoder(), zlibZstd);
  },

  async loadEncoder(name: keyof Codecs): Promise<Encoder> {
    if (name === "brotli") return brotli;
    if (name === "snappy") return await loadSnappy();
    return installedZstd() ?? quickerEncoder(await loadZstdEncoder(), zlibZstd);
  },

  chunkThreads: (count: number): ChunkThreads => new WorkerThreads(count),
};

/** For each stream the quicker one of two; the other where there is no choice. */
export function quickerDecoder(wasm: Decoder, zlib: Decoder | undefined): Decoder {
  if (zlib === undefined) return wasm;
  return {
    decompress: (bytes, size) => (size < WASM_BYTES ? wasm : zlib).decompress(bytes, size),
    lend: (bytes, size) =>
      (size < WASM_BYTES ? wasm.lend?.(bytes, size) : undefined) ?? zlib.decompress(bytes, size),
  };
}

/** For each stream the quicker one of two; the other where there is no choice. */
export function quickerEncoder(wasm: Encoder, zlib: Encoder | undefined): Encoder {
  if (zlib === undefined) return wasm;
  return {
    compress(bytes, options) {
      const plain = options.windowLog === undefined || options.windowLog === DEFAULT_WINDOW_LOG;
      const encoder = plain && bytes.length < WASM_BYTES ? wasm : zlib;
      return encoder.compress(bytes, options);
    },
  };
}
