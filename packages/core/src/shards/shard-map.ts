/** Where the records of each shard lie among those of the set. */
export class ShardMap {
  /** Number of the first record of each shard, and the length of the set. */
  readonly #starts: Float64Array;
  /** The shard of the last question: the next is often about it, too. */
  #last = 0;

  constructor(lengths: readonly number[]) {
    this.#starts = new Float64Array(lengths.length + 1);
    for (const [shard, length] of lengths.entries()) {
      this.#starts[shard + 1] = (this.#starts[shard] as number) + length;
    }
  }

  /** Records of the set. */
  get length(): number {
    return this.#starts[this.#starts.length - 1] as number;
  }

  /** Number of a shard's first record. */
  start(shard: number): number {
    return this.#starts[shard] as number;
  }

  /** Number of the record behind a shard's last one. */
  end(shard: number): number {
    return this.#starts[shard + 1] as number;
  }

  /** The shard that holds record `index` of the set, which must have it; shards without records hold none. */
  find(index: number): number {
    const last = this.#last;
    if (index >= this.start(last) && index < this.end(last)) return last;
    let low = 0;
    let high = this.#starts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.start(middle) <= index) low = middle;
      else high = middle;
    }
    this.#last = low;
    return low;
  }
}
