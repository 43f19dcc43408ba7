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
/** Longer streams, both sides of them together, are copied out of memory that is free afterwards. */
const LENT_BYTES = 2 * 1024 * 1024;
const NO_DICTIONARY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
/** The window that the original asks for when nobody names one; a one-shot frame is as good. */
export const DEFAULT_WINDOW_LOG = 20;

/** What the module of zstddec exports, as far as it is used here. */
interface ZstdModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  free(place: number): void;
  ZSTD_decompress(target: number, size: number, source: number, length: number): number;
}

/** It is started once in a process. */
let module: ZstdModule | undefined;

/** What reads zstd in WebAssembly: zstddec, started once. */
export async function loadZstdDecoder(): Promise<Decoder> {
  const { ZSTDDecoder } = await import("zstddec");
  class OpenDecoder extends ZSTDDecoder {
    override _init(result: Parameters<InstanceType<typeof ZSTDDecoder>["_init"]>[0]): void {
      super._init(result);
      module = result.instance.exports as unknown as ZstdModule;
    }
  }
  const decoder = new OpenDecoder();
  await decoder.init();
  const decompress = (bytes: Uint8Array, size: number): Uint8Array => {
    const stored = checkZstdFrame(bytes, size);
    if (stored !== undefined) return stored;
    if (bytes.length + size > MOST_BYTES) throw tooLarge(size);
    // It takes a size of 0 for one that is not known.
    return sized(decoder.decode(bytes, Math.max(1, size)), size);
  };
  // Who else uses zstddec may have started it before, and then it cannot be had.
  return module === undefined ? { decompress } : { decompress, lend: lenderOf(module, decompress) };
}

/** The decoder's own memory, from which nothing is copied. */
function lenderOf(
  module: ZstdModule,
  decompress: Decoder["decompress"],
): (bytes: Uint8Array, size: number) => Uint8Array {
  let room = 0;
  let place = 0;
  return (bytes, size) => {
    const need = bytes.length + size + 1;
    if (need > LENT_BYTES) return decompress(bytes, size);
    const stored = checkZstdFrame(bytes, size);
    if (stored !== undefined) return stored;
    if (need > room) {
      if (room > 0) module.free(place);
      room = 2 * need;
      place = module.malloc(room);
      if (place === 0) {
        room = 0;
        return decompress(bytes, size);
      }
    }
    const target = place + bytes.length;
    new Uint8Array(module.memory.buffer, place, bytes.length).set(bytes);
    const found = module.ZSTD_decompress(target, size, place, bytes.length);
    if (found !== size) throw corrupt(`its stream does not hold ${size} bytes`);
    return new Uint8Array(module.memory.buffer, target, size);
  };
}

function sized(found: Uint8Array, size: number): Uint8Array {
  if (found.length !== size) throw corrupt(`its stream does not hold ${size} bytes`);
  return found;
}

/** What writes zstd in WebAssembly: zstd-wasm, started once. */
export async function loadZstdEncoder(): Promise<Encoder> {
  const { compress, compressUsingDict, createCCtx, init } = await import("@bokuweb/zstd-wasm");
  await init();
  // Without a dictionary it makes the same bytes in two thirds of the time: the context is not made anew for each stream.
  const context = createCCtx();
  const check = ({ windowLog }: CompressOptions): void => {
    if (windowLog !== undefined && windowLog !== DEFAULT_WINDOW_LOG) throw noWindow(windowLog);
  };
  return {
    check,
    compress(bytes: Uint8Array, { level = 3, windowLog }: CompressOptions): Uint8Array {
      check({ windowLog });
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
