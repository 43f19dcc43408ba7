/** What is kept of an index that is not in memory, bytes of buckets. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * The buckets in use of an index that is not in memory. Two generations instead of an order of last use: nothing is
 * taken out of a map one by one, which would cost more than finding it.
 */
export class BucketCache {
  #young = new Map<number, Uint8Array>();
  #old = new Map<number, Uint8Array>();
  /** Bytes of the young ones. */
  #size = 0;

  get(bucket: number): Uint8Array | undefined {
    const young = this.#young.get(bucket);
    if (young !== undefined) return young;
    const old = this.#old.get(bucket);
    if (old !== undefined) this.keep(bucket, old);
    return old;
  }

  keep(bucket: number, bytes: Uint8Array): void {
    if (this.#size + bytes.length > KEPT_BYTES / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = 0;
    }
    this.#young.set(bucket, bytes);
    this.#size += bytes.length;
  }
}
