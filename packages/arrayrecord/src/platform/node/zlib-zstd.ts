import * as zlib from "node:zlib";
import type { Codec } from "../../codecs/codec.ts";
import { checkZstdFrame } from "../../codecs/zstd-frame.ts";
import { corrupt } from "../../errors.ts";
import { plainView } from "./plain-view.ts";

/** Zstd's part of zlib, which Node has since 22.15; the types of Node 20 do not know it. */
interface ZstdZlib {
  zstdCompressSync?(bytes: Uint8Array, options: object): Buffer;
  zstdDecompressSync?(bytes: Uint8Array, options: object): Buffer;
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number;
    readonly ZSTD_c_windowLog: number;
    readonly ZSTD_d_windowLogMax: number;
  };
}

const GUESS = 64;

/** Zstd by Node's zlib; `undefined` where it has none. */
export const zlibZstd: Codec | undefined = codecOf(zlib as unknown as ZstdZlib);

/** The codec over a zlib. */
export function codecOf({
  zstdCompressSync,
  zstdDecompressSync,
  constants,
}: ZstdZlib): Codec | undefined {
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  return {
    compress(bytes, { level = 3, windowLog }) {
      const params: Record<number, number> = { [constants.ZSTD_c_compressionLevel]: level };
      if (windowLog !== undefined) params[constants.ZSTD_c_windowLog] = windowLog;
      return plainView(zstdCompressSync(bytes, { params, pledgedSrcSize: bytes.length }));
    },
    decompress(bytes, size) {
      const stored = checkZstdFrame(bytes, size);
      if (stored !== undefined) return stored;
      const found = zstdDecompressSync(bytes, {
        params: { [constants.ZSTD_d_windowLogMax]: 31 },
        maxOutputLength: Math.max(1, size),
        chunkSize: Math.max(64, Math.min(size, 65536 + bytes.length * GUESS)),
      });
      if (found.length !== size) throw corrupt(`its stream holds ${found.length} bytes`);
      return plainView(found);
    },
  };
}
