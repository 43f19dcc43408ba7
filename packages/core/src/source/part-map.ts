/** A piece of one part that a range covers. */
export interface PartSlice {
  /** Number of the part. */
  readonly number: number;
  /** Range within the part. */
  readonly start: number;
  readonly end: number;
  /** Where the piece begins within the range that was split. */
  readonly at: number;
}

/** Where each part begins in the common address space. */
export class PartMap {
  readonly size: number;
  /** Start of each part, then the size. */
  readonly #starts: Float64Array;

  /** @throws {@link TypeError} when a size is none, or their sum is not exact */
  constructor(sizes: readonly number[]) {
    this.#starts = new Float64Array(sizes.length + 1);
    let total = 0;
    for (const [number, size] of sizes.entries()) {
      total += size;
      if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(total)) {
        throw new TypeError(`the size of part ${number} cannot be ${size}`);
      }
      this.#starts[number + 1] = total;
    }
    this.size = total;
  }

  /** The one part that holds all of `[start, end)`, if there is one. */
  only(start: number, end: number): PartSlice | undefined {
    if (start === end) return undefined;
    const number = this.#find(start);
    const base = this.#start(number);
    if (end > this.#start(number + 1)) return undefined;
    return { number, start: start - base, end: end - base, at: 0 };
  }

  /** The pieces that make up `[start, end)`; parts without bytes are left out. */
  *split(start: number, end: number): Generator<PartSlice, void, void> {
    let at = start;
    for (let number = start < end ? this.#find(start) : 0; at < end; number++) {
      const base = this.#start(number);
      const stop = Math.min(end, this.#start(number + 1));
      if (stop > at) yield { number, start: at - base, end: stop - base, at: at - start };
      at = stop;
    }
  }

  /** The last part that begins at or before `position`, which is less than the size: it holds that byte. */
  #find(position: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#start(middle) <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  #start(number: number): number {
    return this.#starts[number] as number;
  }
}
