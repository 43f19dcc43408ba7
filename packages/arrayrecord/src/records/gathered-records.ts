import type { ChunkRecords } from "../chunk/chunk-records.ts";

const FIRST_BYTES = 64 * 1024;
const FIRST_RECORDS = 64;

/** Records that wait for their chunk: copies, one behind the other in one run of memory. */
export class GatheredRecords {
  #bytes = new Uint8Array(FIRST_BYTES);
  #size = 0;
  #ends: Float64Array = new Float64Array(FIRST_RECORDS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of all of them. */
  get size(): number {
    return this.#size;
  }

  add(value: Uint8Array): void {
    const end = this.#size + value.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    if (this.#count === this.#ends.length) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#bytes.set(value, this.#size);
    this.#size = end;
    this.#ends[this.#count++] = end;
  }

  /** The records; valid until the next `add`. */
  view(): ChunkRecords {
    return {
      bytes: this.#bytes.subarray(0, this.#size),
      ends: this.#ends.subarray(0, this.#count),
    };
  }

  /** Forgets all records, and keeps the memory. */
  clear(): void {
    this.#size = 0;
    this.#count = 0;
  }
}
