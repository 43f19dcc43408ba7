/** Memory that is kept from one chunk to the next; what a larger one needed is given back. */
const KEPT_BYTES = 1 << 22;
const FIRST_BYTES = 1 << 16;

/**
 * Memory for the arrays that one chunk needs while it is encoded. A typed array with memory of its own costs the platform far more than
 * a view: of chunks of one record, taking apart the record was a tenth of the time.
 */
export class Arena {
  #buffer = new ArrayBuffer(FIRST_BYTES);
  #at = 0;

  /** `length` zeros. */
  ints(length: number): Int32Array {
    const start = this.#take(4 * length);
    return new Int32Array(this.#buffer, start, length).fill(0);
  }

  /** `length` zeros. */
  floats(length: number): Float64Array {
    const start = this.#take(8 * length);
    return new Float64Array(this.#buffer, start, length).fill(0);
  }

  /** Takes back all arrays that it gave. */
  reset(): void {
    this.#at = 0;
    if (this.#buffer.byteLength > KEPT_BYTES) this.#buffer = new ArrayBuffer(FIRST_BYTES);
  }

  /** Finds room for `bytes`; answers where it begins in the buffer. */
  #take(bytes: number): number {
    if (this.#at + bytes > this.#buffer.byteLength) {
      // Arrays that were given before keep the buffer they are in.
      this.#buffer = new ArrayBuffer(Math.max(2 * this.#buffer.byteLength, 2 * bytes));
      this.#at = 0;
    }
    const start = this.#at;
    this.#at = start + ((bytes + 7) & -8);
    return start;
  }
}
