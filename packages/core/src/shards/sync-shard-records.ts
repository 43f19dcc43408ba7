import type { RecordSequence } from "../offsets/record-sequence.ts";
import { type Piece, Pieces, type ShardRunHost, type SliceReader, shrunk } from "./pieces.ts";

/** Iterates in the calling thread; a shard that was closed meanwhile is opened again where it was left. */
export class SyncShardRecords<T, R extends SliceReader<T>> implements IterableIterator<T> {
  readonly #host: ShardRunHost<T, R>;
  readonly #pieces: Pieces<T, R>;
  #piece: Piece | undefined;
  #reader: R | undefined;
  #records: Iterator<T> | undefined;
  #failed = false;
  #closed = false;

  constructor(host: ShardRunHost<T, R>, sequence: RecordSequence) {
    host.pool.check();
    this.#host = host;
    this.#pieces = new Pieces(host, sequence);
    this.#piece = this.#pieces.next();
  }

  next(): IteratorResult<T> {
    if (this.#closed) return { value: undefined, done: true };
    this.#host.pool.check();
    while (this.#piece?.left === 0) {
      this.#leave();
      this.#piece = this.#pieces.next();
    }
    const piece = this.#piece;
    if (piece === undefined) return this.return();
    const open = this.#host.pool.peek(piece.shard);
    if (open !== undefined && open.reader === this.#reader) return this.#step(piece);
    this.#leave();
    const entry = this.#host.pool.acquireSync(piece.shard);
    try {
      const reader = entry.reader as R;
      if (entry.passing) return { value: reader.getSync(piece.take()), done: false };
      this.#reader = reader;
      this.#records = piece.rest(reader)[Symbol.iterator]();
      return this.#step(piece);
    } finally {
      entry.release();
    }
  }

  return(value?: unknown): IteratorResult<T> {
    this.#leave();
    this.#closed = true;
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #step(piece: Piece): IteratorResult<T> {
    piece.take();
    let result: IteratorResult<T>;
    try {
      result = (this.#records as Iterator<T>).next();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
    if (!result.done) return result;
    const { name } = this.#reader as R;
    this.return();
    // Some failures end an iteration: that was said before.
    if (!this.#failed) throw shrunk(name);
    return result;
  }

  #leave(): void {
    this.#records?.return?.();
    this.#records = undefined;
    this.#reader = undefined;
  }
}
