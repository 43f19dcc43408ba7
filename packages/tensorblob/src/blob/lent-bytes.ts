/** Bytes in memory of the caller's, who may change them as soon as a verb gives the thread back. */
export class LentBytes {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes as they were when they were lent. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Forgets the first `count` of them: they are where they belong. */
  skip(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
  }

  /** Copies the bytes: the thread goes back to the caller. */
  keep(): void {
    this.#bytes = this.#bytes.slice();
  }
}
