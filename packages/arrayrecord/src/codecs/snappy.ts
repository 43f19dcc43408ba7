import { ByteCursor } from "../bytes/byte-cursor.ts";
import { corrupt } from "../errors.ts";
import type { Codec } from "./codec.ts";

/** Raw snappy by hysnappy, WebAssembly that comes in its source. */
export async function loadSnappy(): Promise<Codec> {
  const { snappyCompressor, snappyUncompressor } = await import("hysnappy");
  const compress = snappyCompressor();
  const uncompress = snappyUncompressor();
  return {
    compress: (bytes) => compress(bytes),
    decompress(bytes, size) {
      const stated = new ByteCursor(bytes).varint32();
      if (stated !== size) throw corrupt(`its stream holds ${stated} bytes, not ${size}`);
      return uncompress(bytes, size);
    },
  };
}
