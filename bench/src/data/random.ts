/** Numbers that look random and follow from a seed (xorshift32): the same in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** An integer, `0 ≤ n < below`. */
  below(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.floor(((x >>> 0) / 4294967296) * below);
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** `count` record numbers from `start` on, within `span` records. */
export function randomIndices(count: number, span: number, seed: number, start = 0): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => start + random.below(span));
}

/** The numbers below `count`, each once, in random order. */
export function shuffled(count: number, seed: number): number[] {
  const random = new Random(seed);
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j] as number, list[i] as number];
  }
  return list;
}
