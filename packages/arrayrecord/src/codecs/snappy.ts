import { NthrecError } from "@nthrec/core";
import { ByteCursor } from "../bytes/byte-cursor.ts";
import { corrupt } from "../errors.ts";
import { snappyCompressor } from "../snappy/compress.ts";
import type { Codec } from "./codec.ts";

/** What fits into WebAssembly's memory together with its output. */
const MOST_BYTES = 1.5 * 2 ** 30;

/** Raw snappy: read by hysnappy, written by a module of our own, whose output depends on nothing but the input. */
export async function loadSnappy(): Promise<Codec> {
  const { snappyUncompressor } = await import("hysnappy");
  const compress = snappyCompressor();
  const uncompress = snappyUncompressor();
  return {
    compress(bytes) {
      if (bytes.length > MOST_BYTES) {
        throw new NthrecError(
          "NTH_NOT_SUPPORTED",
          `${bytes.length} bytes do not fit into the memory of the snappy codec: make smaller groups`,
        );
      }
      return compress(bytes);
    },
    decompress(bytes, size) {
      const stated = new ByteCursor(bytes).varint32();
      if (stated !== size) throw corrupt(`its stream holds ${stated} bytes, not ${size}`);
      return uncompress(bytes, size);
    },
  };
}
