import { NthrecError } from "@nthrec/core";
import type { Compression } from "../../compression/compression.ts";
import type { Deflater, Platform } from "../platform.ts";

/** The Compression Streams API as far as it is used here: every browser has it, the declarations differ. */
interface Transform {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}
type TransformClass = new (format: string) => Transform;

/** The browser's half of what differs between platforms. */
export const platform: Platform = {
  async *inflate(pieces, compression) {
    const { readable, writable } = transform("DecompressionStream", compression);
    // It fails for whatever follows the first member, so that nobody needs to count.
    const fed = feed(pieces, writable);
    yield* read(readable);
    await fed;
  },

  deflate(compression, level): Deflater {
    if (level !== undefined) {
      const message = "a browser compresses at its own level: leave out the option level";
      throw new NthrecError("NTH_NOT_SUPPORTED", message);
    }
    const { readable, writable } = transform("CompressionStream", compression);
    const writer = writable.getWriter();
    return {
      output: read(readable),
      async write(bytes) {
        await writer.ready;
        // What fails shows where the output is read.
        writer.write(bytes).catch(() => undefined);
      },
      async end() {
        await writer.close();
      },
      destroy() {
        writer.abort().catch(() => undefined);
      },
    };
  },
};

function transform(
  name: "CompressionStream" | "DecompressionStream",
  compression: Compression,
): Transform {
  const Stream = (globalThis as unknown as Record<typeof name, TransformClass>)[name];
  return new Stream(compression === "GZIP" ? "gzip" : "deflate");
}

/** Hands all pieces in. Failures show where the output is read, and are the source's there, not the stream's. */
async function feed(
  pieces: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
  }
}

async function* read(readable: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = readable.getReader();
  let done = false;
  try {
    for (;;) {
      const next = await reader.read();
      done = next.done;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (!done) await reader.cancel().catch(() => undefined);
  }
}
