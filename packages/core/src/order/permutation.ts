import { checkLength, checkWhole } from "./checks.ts";
import { RecordOrder } from "./record-order.ts";
import { seedWords } from "./seed-words.ts";

/** Which permutation of the many that a seed names. */
export interface PermutationOptions {
  /** Rounds of the cipher: even, 4 to 1024; more mix better and cost more. @default 4, as Grain shuffles */
  readonly rounds?: number | undefined;
  /** Number of the pass over the data, from 0; each has an order of its own. @default 0 */
  readonly epoch?: number | undefined;
}

/** Grain's smallest block: below it patterns show. */
const LEAST_BLOCK_BITS = 16;
const MOST_ROUNDS = 1024;
const SEEDS = 2 ** 32;
/** Up to this length a table is made at the first use (1 ms, 16 KiB): a walk would take 16 steps and more. */
const LONGEST_TABLE = 4096;

/**
 * A random order of the record numbers below `length`, computed position by position in a memory that does not depend
 * on the length, with its inverse.
 *
 * The numbers are those of Grain's `index_shuffle(position, length - 1, seed + epoch, rounds)`, and so of its `MapDataset.shuffle`:
 * a Simon cipher over the smallest even number of bits, at least 16, that can hold every record number, applied again
 * until the result is one. Where Grain gives two positions the same record (its block cannot hold the last record
 * number: `length` is 4^k + 1, k ≥ 8) this one takes two bits more and stays a permutation.
 *
 * It mixes well enough to train on. It hides nothing: do not use it as a cipher.
 */
export class Permutation extends RecordOrder {
  readonly length: number;
  readonly seed: number;
  readonly rounds: number;
  readonly epoch: number;
  /** Bits of half a block. */
  readonly #bits: number;
  readonly #keys: Int32Array;
  #tables: { readonly forth: Uint16Array; readonly back: Uint16Array } | undefined;

  /** @throws {@link TypeError} when a number is not whole or out of its bounds */
  constructor(length: number, seed: number, options: PermutationOptions = {}) {
    super();
    this.length = checkLength(length);
    this.seed = checkWhole(seed, "a seed", 0, SEEDS - 1);
    this.rounds = checkWhole(options.rounds ?? 4, "a number of rounds", 4, MOST_ROUNDS);
    if (this.rounds % 2 !== 0) throw new TypeError(`rounds come in pairs, not ${this.rounds}`);
    this.epoch = checkWhole(options.epoch ?? 0, "an epoch", 0, Number.MAX_SAFE_INTEGER);
    this.#bits = halfBlock(length);
    const words = seedWords((this.seed + (this.epoch % SEEDS)) % SEEDS, this.rounds);
    this.#keys = Int32Array.from(words, (word) => word & (2 ** this.#bits - 1));
  }

  /** Where a record stands: the inverse of `get`. */
  positionOf(record: number): number | undefined {
    if (!Number.isInteger(record) || record < 0 || record >= this.length) return undefined;
    if (this.length <= LONGEST_TABLE) return this.#table().back[record];
    return unwalk(record, this.length, this.#keys, this.#bits);
  }

  protected _record(position: number): number {
    if (this.length <= LONGEST_TABLE) return this.#table().forth[position] as number;
    return walk(position, this.length, this.#keys, this.#bits);
  }

  #table(): { readonly forth: Uint16Array; readonly back: Uint16Array } {
    if (this.#tables !== undefined) return this.#tables;
    const forth = new Uint16Array(this.length);
    const back = new Uint16Array(this.length);
    for (let position = 0; position < this.length; position++) {
      const record = walk(position, this.length, this.#keys, this.#bits);
      forth[position] = record;
      back[record] = position;
    }
    this.#tables = { forth, back };
    return this.#tables;
  }
}

/** A random order of the record numbers below `length`. @see {@link Permutation} */
export function permutation(
  length: number,
  seed: number,
  options?: PermutationOptions,
): Permutation {
  return new Permutation(length, seed, options);
}

function halfBlock(length: number): number {
  let bits = LEAST_BLOCK_BITS / 2;
  while (2 ** (2 * bits) < length) bits++;
  return bits;
}

/** Applies the cipher until a number below `length` comes out. */
function walk(position: number, length: number, keys: Int32Array, bits: number): number {
  const scale = 2 ** bits;
  const mask = scale - 1;
  let left = Math.floor(position / scale);
  let right = position % scale;
  do {
    for (let round = 0; round < keys.length; round += 2) {
      left ^= mix(right, bits, mask) ^ (keys[round] as number);
      right ^= mix(left, bits, mask) ^ (keys[round + 1] as number);
    }
  } while (left * scale + right >= length);
  return left * scale + right;
}

/** Takes the cipher back until a number below `length` comes out. */
function unwalk(record: number, length: number, keys: Int32Array, bits: number): number {
  const scale = 2 ** bits;
  const mask = scale - 1;
  let left = Math.floor(record / scale);
  let right = record % scale;
  do {
    for (let round = keys.length - 2; round >= 0; round -= 2) {
      right ^= mix(left, bits, mask) ^ (keys[round + 1] as number);
      left ^= mix(right, bits, mask) ^ (keys[round] as number);
    }
  } while (left * scale + right >= length);
  return left * scale + right;
}

/** Simon's round function on words of `bits` bits: rotations by 1, 8 and 2. */
function mix(word: number, bits: number, mask: number): number {
  const one = (word << 1) | (word >>> (bits - 1));
  const eight = (word << 8) | (word >>> (bits - 8));
  const two = (word << 2) | (word >>> (bits - 2));
  return ((one & eight) ^ two) & mask;
}
