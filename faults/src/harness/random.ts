/** Random numbers that a seed repeats. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** An integer of [1, most], each order of magnitude as likely as the next. */
  size(most: number): number {
    return Math.max(1, Math.floor(Math.exp(this.next() * Math.log(most + 1))));
  }

  /** Keeps each of `items` with probability `share`, and at least one. */
  sample<T>(items: readonly T[], share: number): T[] {
    const kept = items.filter(() => this.next() < share);
    return kept.length > 0 || items.length === 0 ? kept : [this.pick(items)];
  }

  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j] as T, order[i] as T];
    }
    return order;
  }

  /** Another sequence, which does not change with what is drawn from this one later. */
  fork(): Random {
    return new Random(this.below(2 ** 32));
  }
}
