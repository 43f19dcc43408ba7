import { NthrecError } from "@nthrec/core";
import { copyBytes } from "../../bytes/copy-bytes.ts";
import { storedBrotli } from "../../codecs/brotli-stored.ts";
import type { Decoder, Encoder } from "../../codecs/codec.ts";
import { loadSnappy } from "../../codecs/snappy.ts";
import { loadZstdDecoder, loadZstdEncoder } from "../../codecs/zstd-wasm.ts";
import { corrupt } from "../../errors.ts";
import type { CodecPlatform } from "../platform.ts";

/** The browser's codecs: WebAssembly, each half loaded when it is prepared. Brotli is read, not written. */
export const platform: CodecPlatform = {
  codecNow: () => undefined,

  loadDecoder(name) {
    if (name === "zstd") return loadZstdDecoder();
    return name === "snappy" ? loadSnappy() : loadBrotli();
  },

  async loadEncoder(name) {
    if (name === "zstd") return await loadZstdEncoder();
    return name === "snappy" ? await loadSnappy() : noBrotli;
  },

  chunkThreads() {
    throw new NthrecError("NTH_NOT_SUPPORTED", "threads are Node's only: leave the option out");
  },
};

const noBrotli: Encoder = { check: refuseBrotli, compress: refuseBrotli };

function refuseBrotli(): never {
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    "a browser cannot compress with brotli: choose zstd or snappy, or bring a codec (option codecs.brotli)",
  );
}

async function loadBrotli(): Promise<Decoder> {
  const brotli = await import("brotli-dec-wasm/web");
  await brotli.default();
  const { BrotliDecStream, BrotliStreamResultCode } = brotli;
  return {
    decompress(bytes: Uint8Array, size: number): Uint8Array {
      const stored = storedBrotli(bytes, size);
      if (stored !== undefined) return copyBytes(stored);
      const stream = new BrotliDecStream();
      try {
        // One byte more than expected shows a stream that is longer.
        const result = stream.dec(bytes, size + 1);
        const { buf, code, input_offset: used } = result;
        result.free();
        if (code !== BrotliStreamResultCode.ResultSuccess || buf.length !== size) {
          throw corrupt(`its stream does not hold ${size} bytes`);
        }
        if (used !== bytes.length) throw corrupt("bytes behind the brotli stream");
        return buf;
      } finally {
        stream.free();
      }
    },
  };
}
