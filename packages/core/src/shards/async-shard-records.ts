import { untilAborted } from "../errors.ts";
import type { RecordSequence } from "../offsets/record-sequence.ts";
import { type Piece, Pieces, type ShardRunHost, type SliceReader, shrunk } from "./pieces.ts";
import type { PoolEntry, ShardPool } from "./shard-pool.ts";

/** Iterates with read-ahead inside each shard. */
export class AsyncShardRecords<T, R extends SliceReader<T>> implements AsyncIterableIterator<T> {
  readonly #host: ShardRunHost<T, R>;
  readonly #pieces: Pieces<T, R>;
  readonly #signal: AbortSignal | undefined;
  #piece: Piece | undefined;
  #reader: R | undefined;
  #records: AsyncIterator<T> | undefined;
  /** Calls of `next` that wait for a shard; later ones queue behind the last of them. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #failed = false;
  #closed = false;

  constructor(host: ShardRunHost<T, R>, sequence: RecordSequence, signal: AbortSignal | undefined) {
    host.pool.check();
    this.#host = host;
    this.#pieces = new Pieces(host, sequence);
    this.#signal = signal;
    this.#piece = this.#pieces.next();
  }

  next(): Promise<IteratorResult<T>> {
    const piece = this.#piece;
    if (this.#waiting === 0 && piece !== undefined && piece.left > 0) {
      const entry = this.#host.pool.peek(piece.shard);
      if (entry !== undefined && entry.reader === this.#reader) return this.#step(piece, entry);
    }
    this.#waiting++;
    const result = this.#last.then(() => this.#advance()).finally(() => this.#waiting--);
    this.#last = result.catch(() => {});
    return result;
  }

  return(value?: unknown): Promise<IteratorResult<T>> {
    this.#leave();
    this.#closed = true;
    this.#piece = undefined;
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #advance(): Promise<IteratorResult<T>> {
    if (this.#closed) return { value: undefined, done: true };
    const { pool, name } = this.#host;
    pool.check();
    while (this.#piece?.left === 0) {
      this.#leave();
      this.#piece = this.#pieces.next();
    }
    const piece = this.#piece;
    if (piece === undefined) return this.return();
    const entry = await acquired(pool, piece.shard, this.#signal, name);
    try {
      if (this.#closed) return { value: undefined, done: true };
      if (entry.reader !== this.#reader) {
        this.#leave();
        this.#reader = entry.reader as R;
        this.#records = piece.rest(this.#reader).values({ signal: this.#signal });
      }
      return await this.#step(piece, entry);
    } finally {
      entry.release();
    }
  }

  async #step(piece: Piece, entry: PoolEntry<R>): Promise<IteratorResult<T>> {
    piece.take();
    entry.busy++;
    try {
      const result = await (this.#records as AsyncIterator<T>).next();
      if (!result.done || this.#closed) return result;
      await this.return();
      // Some failures end an iteration: that was said before.
      if (this.#failed) return result;
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      entry.release();
    }
    throw shrunk((entry.reader as R).name);
  }

  #leave(): void {
    // It holds nothing that must be waited for; what it was reading ahead ends unobserved.
    void this.#records?.return?.();
    this.#records = undefined;
    this.#reader = undefined;
  }
}

/** Takes a reader into use, or stops waiting for it when the signal fires. */
export async function acquired<R>(
  pool: ShardPool<R>,
  shard: number,
  signal: AbortSignal | undefined,
  name: string,
): Promise<PoolEntry<R>> {
  const acquiring = pool.acquire(shard);
  try {
    return await untilAborted(acquiring, signal, name);
  } catch (error) {
    // Who no longer waits for it gives it back; its failure is the one that is thrown here, or nobody's.
    acquiring.then(
      (entry) => entry.release(),
      () => {},
    );
    throw error;
  }
}
