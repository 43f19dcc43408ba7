import { crc32 } from "../../bytes/crc32.ts";
import { NthrecError } from "../../errors.ts";
import { threadTurns } from "../../source/turn-watch.ts";
import type { Platform } from "../platform.ts";

const lenient: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The browser's half of what differs between platforms; it has no file system. */
export const platform: Platform = {
  kind: "browser",

  resolvePath: refusePath,

  foldersIn: refusePath,

  decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
    return lenient.decode(unshared(bytes.subarray(start, end)));
  },

  indexOf(bytes: Uint8Array, value: number, from: number): number {
    return bytes.indexOf(value, from);
  },

  isUtf8(bytes: Uint8Array): boolean {
    try {
      strict.decode(unshared(bytes));
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  },

  wrap(bytes: Uint8Array): Uint8Array {
    return bytes;
  },

  allocate(size: number): Uint8Array {
    return new Uint8Array(size);
  },

  crc32,

  breathe(): Promise<void> {
    return threadTurns.breathe();
  },

  sleepSync(milliseconds: number): void {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    } catch (cause) {
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        'this thread may not wait in place: use the verb without "Sync", or a worker of a cross-origin isolated page',
        { cause },
      );
    }
  },

  uniqueName(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
};

function refusePath(path: string | URL): never {
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `a browser cannot open the path ${path}: pass an http(s) URL, a Blob or File, bytes, or a ByteSource`,
    { source: String(path) },
  );
}

/** Browsers refuse to decode shared memory in place. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const shared =
    typeof SharedArrayBuffer !== "undefined" && bytes.buffer instanceof SharedArrayBuffer;
  return (shared ? bytes.slice() : bytes) as Uint8Array<ArrayBuffer>;
}
