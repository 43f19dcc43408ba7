import { NthrecError } from "@nthrec/core";
import { corrupt } from "../errors.ts";
import type { CompressOptions, Decoder, Encoder } from "./codec.ts";
import { checkZstdFrame, storedZstdFrame } from "./zstd-frame.ts";

/** So few bytes are stored as they are by zstd itself: the size of a record, which every small group has. */
const STORED_BYTES = 2;
/** What its decoder can hold at once, bytes: 32-bit memory, of which both sides of a stream need a part. */
const MOST_BYTES = 1.5 * 2 ** 30;
/** Longer streams get a context of their own, whose memory is free afterwards. */
const CONTEXT_BYTES = 1024 * 1024;
const NO_DICTIONARY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
/** The window that the original asks for when nobody names one; a one-shot frame is as good. */
export const DEFAULT_WINDOW_LOG = 20;

/** What reads zstd in WebAssembly: zstddec, started once. */
export async function loadZstdDecoder(): Promise<Decoder> {
  const { ZSTDDecoder } = await import("zstddec");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return {
    decompress(bytes: Uint8Array, size: number): Uint8Array {
      const stored = checkZstdFrame(bytes, size);
      if (stored !== undefined) return stored;
      if (bytes.length + size > MOST_BYTES) throw tooLarge(size);
      // It takes a size of 0 for one that is not known.
      const found = decoder.decode(bytes, Math.max(1, size));
      if (found.length !== size) throw corrupt(`its stream does not hold ${size} bytes`);
      return found;
    },
  };
}

/** What writes zstd in WebAssembly: zstd-wasm, started once. */
export async function loadZstdEncoder(): Promise<Encoder> {
  const { compress, compressUsingDict, createCCtx, init } = await import("@bokuweb/zstd-wasm");
  await init();
  // Without a dictionary it makes the same bytes in two thirds of the time: the context is not made anew for each stream.
  const context = createCCtx();
  return {
    compress(bytes: Uint8Array, { level = 3, windowLog }: CompressOptions): Uint8Array {
      if (windowLog !== undefined && windowLog !== DEFAULT_WINDOW_LOG) throw noWindow(windowLog);
      if (bytes.length > MOST_BYTES) throw tooLarge(bytes.length);
      if (bytes.length <= STORED_BYTES) return storedZstdFrame(bytes);
      if (bytes.length > CONTEXT_BYTES) return compress(bytes, level);
      return compressUsingDict(context, bytes, NO_DICTIONARY, level);
    },
  };
}

function noWindow(windowLog: number): NthrecError {
  return new NthrecError(
    "NTH_NOT_SUPPORTED",
    `zstd with window_log:${windowLog} needs Node 22.15 or later, the package zstd-napi beside this one, ` +
      "or a codec of your own (option codecs.zstd)",
  );
}

function tooLarge(size: number): NthrecError {
  return new NthrecError(
    "NTH_NOT_SUPPORTED",
    `a zstd stream of ${size} bytes does not fit into WebAssembly's memory: use Node 22.15 or later, or install zstd-napi`,
  );
}
