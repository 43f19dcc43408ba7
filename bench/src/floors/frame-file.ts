import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** A checksum as the package under test computes it: a slower one would make the floor lower than it is. */
interface Crc {
  maskedCrc(bytes: Uint8Array): number;
  maskedCrcOfLength(low: number, high: number): number;
}

const built = new URL("../../../packages/tfrecord/dist/crc32c/masked-crc.js", import.meta.url);
const { maskedCrc, maskedCrcOfLength } = (await import(built.href)) as Crc;

const WINDOW_BYTES = 1024 * 1024;
const TWO_32 = 4294967296;
const HEAD_BYTES = 12;
const FRAME_BYTES = 16;

/** A TFRecord file, with nothing around it. */
export class FrameFile {
  readonly #file: number;
  readonly size: number;
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(4 * 1024 * 1024);

  constructor(path: string) {
    this.#file = openSync(path, "r");
    this.size = fstatSync(this.#file).size;
  }

  /** Where each record begins: windows for short records, one read of 12 bytes for each long one. */
  offsets(records: number, hop: boolean): Uint32Array {
    const words = new Uint32Array(records * 2);
    const window = this.#buffer;
    let count = 0;
    for (let at = 0; at < this.size; ) {
      const got = readSync(this.#file, window, 0, hop ? HEAD_BYTES : WINDOW_BYTES, at);
      let from = 0;
      while (from + HEAD_BYTES <= got) {
        const low = u32(window, from);
        const high = u32(window, from + 4);
        if (u32(window, from + 8) !== maskedCrcOfLength(low, high)) throw new Error("crc");
        words[count * 2] = at + from;
        words[count * 2 + 1] = (at + from) / TWO_32;
        count++;
        from += FRAME_BYTES + low + high * TWO_32;
      }
      at += from;
    }
    if (count !== records) throw new Error(`${count} records`);
    return words;
  }

  /** Reads a record in one piece, checks its payload, and copies it out. */
  read(offset: number, size: number): Uint8Array {
    const window = this.#buffer;
    readSync(this.#file, window, 0, size, offset);
    const payload = new Uint8Array(window.subarray(HEAD_BYTES, size - 4));
    if (maskedCrc(payload) !== window.readUInt32LE(size - 4)) throw new Error("crc");
    return payload;
  }

  /** Reads everything, and computes the checksum of all bytes at once: frames are not looked at. */
  check(): number {
    const window = this.#buffer;
    let sum = 0;
    for (let at = 0, got = 1; got > 0; at += got) {
      got = readSync(this.#file, window, 0, WINDOW_BYTES, at);
      sum ^= maskedCrc(window.subarray(0, got));
    }
    return sum;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Faster than `Buffer.readUInt32LE`, which looks at its arguments first. */
function u32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
