import { cut, type RecordSequence } from "../offsets/record-sequence.ts";
import type { AbortOptions } from "../types.ts";
import { checkIndex } from "./access.ts";

/** The verbs of a reader that a view is made of. */
export interface RecordVerbs<T> {
  readonly name: string;
  get(index: number, options?: AbortOptions): Promise<T>;
  getSync(index: number): T;
  getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]>;
  getManySync(indices: Iterable<number>): T[];
}

/** How the records of a sequence are iterated. */
export interface RecordRuns<T> {
  run(sequence: RecordSequence): IterableIterator<T>;
  runAsync(sequence: RecordSequence, signal: AbortSignal | undefined): AsyncIterableIterator<T>;
}

/** A lazy view of some records of a reader, in any order of steps; slices of it are views too. */
export class RecordSlice<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #reader: RecordVerbs<T>;
  readonly #runs: RecordRuns<T>;
  readonly #sequence: RecordSequence;

  constructor(reader: RecordVerbs<T>, runs: RecordRuns<T>, sequence: RecordSequence) {
    this.#reader = reader;
    this.#runs = runs;
    this.#sequence = sequence;
  }

  /** Records in the view. */
  get length(): number {
    return this.#sequence.count;
  }

  /** Reads record `index` of the view. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` and what the reader throws */
  async get(index: number, options?: AbortOptions): Promise<T> {
    return this.#reader.get(this.#number(index), options);
  }

  /** Reads record `index` of the view before it returns. */
  getSync(index: number): T {
    return this.#reader.getSync(this.#number(index));
  }

  /** Reads a record as `Array.prototype.at` does: negative numbers count from the end, `undefined` outside. */
  async at(index: number, options?: AbortOptions): Promise<T | undefined> {
    const number = this.#relative(index);
    return number === undefined ? undefined : this.#reader.get(number, options);
  }

  /** {@link RecordSlice.at}, before it returns. */
  atSync(index: number): T | undefined {
    const number = this.#relative(index);
    return number === undefined ? undefined : this.#reader.getSync(number);
  }

  /** Reads many records of the view; neighbours travel together. */
  async getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]> {
    return this.#reader.getMany(
      Array.from(indices, (index) => this.#number(index)),
      options,
    );
  }

  /** {@link RecordSlice.getMany}, before it returns. */
  getManySync(indices: Iterable<number>): T[] {
    return this.#reader.getManySync(Array.from(indices, (index) => this.#number(index)));
  }

  /** A view of this view. */
  slice(start?: number, end?: number, step = 1): RecordSlice<T> {
    return new RecordSlice(this.#reader, this.#runs, cut(this.#sequence, start, end, step));
  }

  /** Record numbers of the view in the reader, in order. */
  *indices(): IterableIterator<number> {
    const { start, step, count } = this.#sequence;
    for (let i = 0; i < count; i++) yield start + i * step;
  }

  /** Iterates in the calling thread; needs a source that answers at once. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#runs.run(this.#sequence);
  }

  /** Iterates with bounded read-ahead. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  /** {@link RecordSlice[Symbol.asyncIterator]} with options. */
  values(options: AbortOptions = {}): AsyncIterableIterator<T> {
    return this.#runs.runAsync(this.#sequence, options.signal);
  }

  #number(index: number): number {
    checkIndex(index, this.length, `the slice of ${this.#reader.name}`);
    return this.#sequence.start + index * this.#sequence.step;
  }

  #relative(index: number): number | undefined {
    const from = Math.trunc(index) || 0;
    const absolute = from < 0 ? from + this.length : from;
    if (absolute < 0 || absolute >= this.length) return undefined;
    return this.#sequence.start + absolute * this.#sequence.step;
  }
}
