import { type Cipher, createCipheriv, createHash } from "node:crypto";

/** Bytes of a record's key. */
export const KEY_BYTES = 16;
/** Keys made at a time. */
const BATCH = 4096;

/**
 * The keys that put records into a random order: the key of record `i` is the number `i`, 16 bytes, big-endian, enciphered
 * by AES-256 under the SHA-256 of `nthrec shuffle <seed>`. A cipher gives different numbers different keys, so that the
 * order by key is one, and every order is as likely as any other as far as AES is a random permutation.
 */
export class OrderKeys {
  readonly #cipher: Cipher;
  readonly #zeros: Buffer = Buffer.alloc(BATCH * KEY_BYTES);
  #keys: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(seed: number) {
    const key = createHash("sha256").update(`nthrec shuffle ${seed}`).digest();
    // In counter mode the stream is the enciphered numbers themselves.
    this.#cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(KEY_BYTES));
  }

  /** The next record's key; valid until the next call. */
  next(): Buffer {
    if (this.#at === this.#keys.length) {
      this.#keys = this.#cipher.update(this.#zeros);
      this.#at = 0;
    }
    this.#at += KEY_BYTES;
    return this.#keys.subarray(this.#at - KEY_BYTES, this.#at);
  }
}

/** The first 48 bits of a key. */
export function leadOf(keys: Buffer, at: number): number {
  return keys.readUIntBE(at, 6);
}

/** Keys begin with numbers below this one. */
export const LEADS: number = 2 ** 48;
