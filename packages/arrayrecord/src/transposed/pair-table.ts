import type { Arena } from "./arena.ts";
import { IntList } from "./int-list.ts";

/** Numbers pairs of 32-bit numbers in the order of their first use. */
export class PairTable {
  readonly #arena: Arena;
  readonly #first: IntList;
  readonly #second: IntList;
  /** For each hash the number of a pair plus one, or 0; a power of two of them, at most half in use. */
  #slots: Int32Array;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#first = new IntList(arena);
    this.#second = new IntList(arena);
    this.#slots = arena.ints(32);
  }

  /** Pairs that have a number. */
  get size(): number {
    return this.#first.length;
  }

  /** The first number of pair `i`. */
  first(i: number): number {
    return (this.#first.items[i] as number) >>> 0;
  }

  /** The second number of pair `i`. */
  second(i: number): number {
    return (this.#second.items[i] as number) >>> 0;
  }

  /** The number of a pair; a new pair gets the next one. */
  numberOf(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    const firsts = this.#first.items;
    const seconds = this.#second.items;
    let slot = hash(first, second) & mask;
    for (;;) {
      const i = (this.#slots[slot] as number) - 1;
      if (i < 0) return this.#add(slot, first, second);
      if (firsts[i] === (first | 0) && seconds[i] === (second | 0)) return i;
      slot = (slot + 1) & mask;
    }
  }

  #add(slot: number, first: number, second: number): number {
    const i = this.size;
    this.#first.push(first);
    this.#second.push(second);
    this.#slots[slot] = i + 1;
    if (2 * this.size > this.#slots.length) this.#grow();
    return i;
  }

  #grow(): void {
    const slots = this.#arena.ints(4 * this.#slots.length);
    const mask = slots.length - 1;
    for (let i = 0; i < this.size; i++) {
      let slot = hash(this.first(i), this.second(i)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    }
    this.#slots = slots;
  }
}

function hash(first: number, second: number): number {
  const mixed = Math.imul(first ^ 0x2545f491, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
