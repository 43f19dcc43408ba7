/** Bytes that small takings share, as those of Node's own buffers do; whoever keeps one keeps at most so many. */
const SLAB_BYTES = 8192;
/** Largest taking that is worth it: memory of its own costs about a microsecond. */
export const SLAB_TAKE: number = 1024;

/** Gives out memory in small pieces, each of them once. */
export class Slab {
  #memory: ArrayBuffer = new ArrayBuffer(0);
  #used = 0;

  /** `size` bytes that nobody else has, `size` at most {@link SLAB_TAKE}. */
  take(size: number): Uint8Array {
    if (this.#used + size > this.#memory.byteLength) {
      this.#memory = new ArrayBuffer(SLAB_BYTES);
      this.#used = 0;
    }
    const taken = new Uint8Array(this.#memory, this.#used, size);
    this.#used += (size + 7) & ~7; // numbers of 8 bytes at the beginning of a record can be viewed in place
    return taken;
  }
}
