/** The seed that the kit uses when none is given. */
export const DEFAULT_SEED = 20_260_101;

/** Numbers that are the same for the same seed, on every machine: xorshift over 32 bits. */
export class Random {
  /** What the sequence began with; every failure of the kit names it. */
  readonly seed: number;
  #state: number;

  constructor(seed: number = DEFAULT_SEED) {
    this.seed = seed;
    // Zero is the one state that xorshift never leaves.
    this.#state = Math.trunc(seed) | 0 || 0x9e3779b9;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** An integer in `[0, 2^32)`. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** An integer in `[0, bound)`. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** A copy of `items` in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
    }
    return mixed;
  }

  /** All of `[0, bound)` when there are at most `most`, else `most` of them; rising. */
  sample(bound: number, most: number): number[] {
    if (bound <= most) return Array.from({ length: bound }, (_, i) => i);
    const picked = new Set<number>([0, bound - 1]);
    while (picked.size < most) picked.add(this.below(bound));
    return [...picked].sort((a, b) => a - b);
  }

  /** `size` bytes. */
  bytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = this.next() >>> 11;
    return bytes;
  }
}
