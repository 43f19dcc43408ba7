import type { Arena } from "./arena.ts";

/** Numbers of 32 bits, as many as come. */
export class IntList {
  /** The first `length` of them count. */
  items: Int32Array;
  length = 0;
  readonly #arena: Arena;

  constructor(arena: Arena, capacity = 16) {
    this.#arena = arena;
    this.items = arena.ints(capacity);
  }

  push(value: number): void {
    if (this.length === this.items.length) this.#grow();
    this.items[this.length++] = value;
  }

  #grow(): void {
    const grown = this.#arena.ints(2 * this.items.length);
    grown.set(this.items);
    this.items = grown;
  }
}
