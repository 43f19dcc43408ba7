import crc32 from "crc-32";

/** A checksum of what was inflated so far. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  readonly value: number;
}

/** GZIP's checksum. */
export class Crc32 implements Checksum {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32.buf(bytes, this.#value);
  }

  get value(): number {
    return this.#value >>> 0;
  }
}

const ADLER_BASE = 65521;
/** So many bytes cannot carry the sums past 2^32. */
const ADLER_RUN = 5552;

/** ZLIB's checksum. */
export class Adler32 implements Checksum {
  #low = 1;
  #high = 0;

  update(bytes: Uint8Array): void {
    let [low, high] = [this.#low, this.#high];
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(at + ADLER_RUN, bytes.length);
      for (; at < end; at++) {
        low += bytes[at] as number;
        high += low;
      }
      low %= ADLER_BASE;
      high %= ADLER_BASE;
    }
    [this.#low, this.#high] = [low, high];
  }

  get value(): number {
    return this.#high * 65536 + this.#low;
  }
}
