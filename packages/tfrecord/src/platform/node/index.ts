import { once } from "node:events";
import { pipeline, Readable } from "node:stream";
import { createDeflate, createGunzip, createGzip, createInflate } from "node:zlib";
import type { Deflater, Platform } from "../platform.ts";

/** Bytes that the engine hands out at once; its default makes four times as many trips. */
const PIECE_BYTES = 128 * 1024;

/** Node's half of what differs between platforms. */
export const platform: Platform = {
  async *inflate(pieces, compression, size) {
    const make = compression === "GZIP" ? createGunzip : createInflate;
    const engine = make({ chunkSize: PIECE_BYTES });
    const input = Readable.from(pieces, { objectMode: false });
    // What fails in the pipeline destroys the engine with it, and shows where its output is read.
    pipeline(input, engine, () => undefined);
    for await (const piece of engine) yield piece as Uint8Array;
    if (engine.bytesWritten !== size) throw new Error("the stream ends before the file does");
  },

  deflate(compression, level): Deflater {
    const make = compression === "GZIP" ? createGzip : createDeflate;
    const engine = make({ chunkSize: PIECE_BYTES, ...(level === undefined ? {} : { level }) });
    return {
      output: engine,
      async write(bytes) {
        if (!engine.write(bytes)) await once(engine, "drain");
      },
      async end() {
        engine.end();
      },
      destroy() {
        engine.destroy();
      },
    };
  },
};
