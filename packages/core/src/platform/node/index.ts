import { isUtf8 } from "node:buffer";
import { basename, dirname } from "node:path";
import { NthrecError } from "../../errors.ts";
import { threadTurns } from "../../source/turn-watch.ts";
import type { Platform } from "../platform.ts";
import { DirectoryStore } from "./directory-store.ts";
import { foldersIn } from "./folders-in.ts";
import { late } from "./late.ts";
import { realPath } from "./real-path.ts";
import { uniqueName } from "./unique-name.ts";

/** Buffer's own decoder takes a range: no view, no options, half the time of TextDecoder on short records. */
interface Utf8Buffer {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
}
const { utf8Slice } = Buffer.prototype as unknown as Utf8Buffer;
/** Buffer's own search is some times as fast as Uint8Array's, and works on both. */
const { indexOf } = Buffer.prototype;

let sleeper: Int32Array | undefined;

/** What Node offers. */
export const platform: Platform = {
  kind: "node",

  resolvePath(path) {
    const real = realPath(path);
    const name = basename(real);
    if (name === "") {
      throw new NthrecError("NTH_INVALID_VALUE", `${real} is a folder: name a file in it`, {
        source: real,
      });
    }
    return { store: new DirectoryStore(dirname(real)), name };
  },

  foldersIn,

  decodeUtf8(bytes, start, end) {
    try {
      return utf8Slice.call(bytes, start, end);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ERR_STRING_TOO_LONG") throw cause;
      throw new NthrecError(
        "NTH_NOT_SUPPORTED",
        `a text of ${end - start} bytes does not fit into a JavaScript string: read its bytes instead`,
        { cause },
      );
    }
  },

  indexOf: (bytes, value, from) => indexOf.call(bytes, value, from),

  isUtf8,

  wrap(bytes) {
    if (Buffer.isBuffer(bytes)) return bytes;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },

  // Not from Buffer's pool: memory of its own begins at offset 0, so that views of wider numbers fit over it.
  allocate: (size) => Buffer.allocUnsafeSlow(size),

  // Node 20 forgets the seed over no bytes.
  crc32: (bytes, seed = 0) => (bytes.length === 0 ? seed : late.zlib.crc32(bytes, seed)),

  breathe: () => threadTurns.breathe(),

  sleepSync(milliseconds) {
    sleeper ??= new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(sleeper, 0, 0, milliseconds);
  },

  uniqueName,
};
