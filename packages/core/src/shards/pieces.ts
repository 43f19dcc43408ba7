import { NthrecError } from "../errors.ts";
import type { RecordSequence } from "../offsets/record-sequence.ts";
import type { RecordSlice } from "../reader/record-slice.ts";
import type { ShardMap } from "./shard-map.ts";
import type { ShardPool } from "./shard-pool.ts";

/** What iteration needs of the readers of a set. */
export interface SliceReader<T> {
  readonly name: string;
  getSync(index: number): T;
  slice(start?: number, end?: number, step?: number): RecordSlice<T>;
}

/** The parts of a set that its iterators work on. */
export interface ShardRunHost<T, R extends SliceReader<T>> {
  readonly name: string;
  readonly map: ShardMap;
  readonly pool: ShardPool<R>;
  /** Record number in its file of the first record that the set takes from a shard. */
  skip(shard: number): number;
}

/** The records of a sequence that lie in one shard: numbers in its file. */
export class Piece {
  readonly shard: number;
  readonly step: number;
  #next: number;
  #left: number;

  constructor(shard: number, first: number, step: number, count: number) {
    this.shard = shard;
    this.step = step;
    this.#next = first;
    this.#left = count;
  }

  get left(): number {
    return this.#left;
  }

  /** The number of the next record, which is taken by this. */
  take(): number {
    const index = this.#next;
    this.#next += this.step;
    this.#left--;
    return index;
  }

  /** A view of what is left. */
  rest<T>(reader: SliceReader<T>): RecordSlice<T> {
    const last = this.#next + this.step * (this.#left - 1);
    const end = this.step > 0 ? last + 1 : last - 1;
    // Behind 0, backwards, there is no number: -1 would be the last record.
    return reader.slice(this.#next, end < 0 ? undefined : end, this.step);
  }
}

/** Cuts a sequence of record numbers of a set at the borders of its shards. */
export class Pieces<T, R extends SliceReader<T>> {
  readonly #host: ShardRunHost<T, R>;
  readonly #sequence: RecordSequence;
  #done = 0;

  constructor(host: ShardRunHost<T, R>, sequence: RecordSequence) {
    this.#host = host;
    this.#sequence = sequence;
  }

  next(): Piece | undefined {
    const { start, step, count } = this.#sequence;
    if (this.#done >= count) return undefined;
    const { map } = this.#host;
    const index = start + step * this.#done;
    const shard = map.find(index);
    const inShard =
      step > 0
        ? Math.ceil((map.end(shard) - index) / step)
        : Math.floor((index - map.start(shard)) / -step) + 1;
    const records = Math.min(inShard, count - this.#done);
    this.#done += records;
    return new Piece(shard, index - map.start(shard) + this.#host.skip(shard), step, records);
  }
}

/** A file changed under the set. */
export function shrunk(name: string): NthrecError {
  const message = `${name} has fewer records than when the set was opened: open the set again`;
  return new NthrecError("NTH_SOURCE_CHANGED", message, { source: name });
}
