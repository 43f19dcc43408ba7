import type { Arena } from "./arena.ts";

/**
 * Those that go into one list of states, from the rarest to the most frequent; among equals the one of the larger number
 * first.
 */
export class ListQueue {
  /** Numbers are smaller than this. */
  readonly #span: number;
  /** Weight and number of each in one number that sorts as they do. */
  #keys: Float64Array;
  readonly #arena: Arena;
  #length = 0;
  #next = 0;
  /** Those that came after {@link sort}, sorted: the rarest last. */
  readonly #late: number[] = [];
  /** Weight of the one that was taken last. */
  weight = 0;

  constructor(span: number, arena: Arena) {
    this.#arena = arena;
    this.#keys = arena.floats(64);
    this.#span = span;
  }

  get size(): number {
    return this.#length - this.#next + this.#late.length;
  }

  push(number: number, weight: number): void {
    if (this.#length === this.#keys.length) {
      const grown = this.#arena.floats(2 * this.#length);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    this.#keys[this.#length++] = this.#key(number, weight);
  }

  /** From here on they are taken. */
  sort(): void {
    if (this.#length > 1) this.#keys.subarray(0, this.#length).sort();
  }

  pushLate(number: number, weight: number): void {
    const key = this.#key(number, weight);
    let at = this.#late.length;
    while (at > 0 && (this.#late[at - 1] as number) < key) at -= 1;
    this.#late.splice(at, 0, key);
  }

  /** Takes the next one; answers its number. With the last one it is ready for another list. */
  pop(): number {
    const early = this.#next < this.#length ? (this.#keys[this.#next] as number) : Infinity;
    const late = this.#late[this.#late.length - 1] ?? Infinity;
    const key = Math.min(early, late);
    if (late < early) this.#late.pop();
    else this.#next += 1;
    if (this.size === 0) {
      this.#next = 0;
      this.#length = 0;
    }
    this.weight = Math.floor(key / this.#span);
    return this.#span - 1 - (key % this.#span);
  }

  #key(number: number, weight: number): number {
    return weight * this.#span + (this.#span - 1 - number);
  }
}
