import { NthrecError, throwIfAborted } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import type { BaseIndexedWriter } from "../writer/base-indexed-writer.ts";
import { valuesOf } from "../writer/values.ts";

/** Where an appended record went. */
export interface ShardPosition {
  /** Number of the shard. */
  readonly shard: number;
  /** Number of the record in the shard's file. */
  readonly index: number;
}

/** Appends records to the shards of a set: in turn, or filling one after the other. */
export class ShardedWriter<T, W extends BaseIndexedWriter<T> = BaseIndexedWriter<T>>
  implements AsyncDisposable, Disposable
{
  /** What the set was opened by. */
  readonly name: string;
  /** Names of the shards, in order. */
  readonly names: readonly string[];
  readonly #writers: readonly W[];
  readonly #perShard: number | undefined;
  /** Records appended to the set in its life, when they go in turn; the shard being filled otherwise. */
  #at: number;

  /** @see {@link openShardWriter} */
  constructor(
    name: string,
    names: readonly string[],
    writers: readonly W[],
    recordsPerShard: number | undefined,
  ) {
    this.name = name;
    this.names = names;
    this.#writers = writers;
    this.#perShard = recordsPerShard;
    // In turn: as many have gone before as there are. Filling: the last shard with records is the one that was filled.
    const lengths = writers.map((writer) => writer.length);
    this.#at =
      recordsPerShard === undefined
        ? lengths.reduce((sum, length) => sum + length, 0)
        : lengths.reduce((last, length, shard) => (length > 0 ? shard : last), 0);
  }

  /** Records in all shards, pending ones included. */
  get length(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.length, 0);
  }

  get closed(): boolean {
    return this.#writers.every((writer) => writer.closed);
  }

  /**
   * Appends a record; encodes it at once. Resolves as the shard's writer does: in write and exclusive mode at once, shared
   * with others when it is published. A record that cannot be written takes no turn.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE` when every shard has its `recordsPerShard`, and what the format's `append` throws
   */
  append(value: T, options?: AbortOptions): Promise<ShardPosition> {
    try {
      const shard = this.#next();
      const writer = this.#writers[shard] as W;
      const before = writer.length;
      const index = writer.append(value, options);
      if (writer.length > before) this.#advance();
      return index.then((number) => ({ shard, index: number }));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** {@link ShardedWriter.append}, and published before it returns. */
  appendSync(value: T): ShardPosition {
    const shard = this.#next();
    const index = (this.#writers[shard] as W).appendSync(value);
    this.#advance();
    return { shard, index };
  }

  /** Appends many records, from any iterable, each awaited before the next is taken. Answers how many there were. */
  async extend(
    values: Iterable<T> | AsyncIterable<T>,
    options: AbortOptions = {},
  ): Promise<number> {
    let count = 0;
    for await (const value of valuesOf(values)) {
      throwIfAborted(options.signal, this.name);
      await this.append(value, options);
      count++;
    }
    return count;
  }

  /** Publishes everything appended before the call, in every shard. */
  async commit(options?: AbortOptions): Promise<void> {
    await this.#each((writer) => writer.commit(options));
  }

  /** {@link ShardedWriter.commit}, before it returns. */
  commitSync(): void {
    for (const writer of this.#writers) writer.commitSync();
  }

  /** Forgets what is not published and closes every shard; in write mode, shards that were never committed stay as they were. */
  async abort(): Promise<void> {
    await this.#each((writer) => writer.abort());
  }

  /** Publishes what is pending and closes every shard, empty ones too. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#each((writer) => writer.close());
  }

  /** {@link ShardedWriter.close}, before it returns. */
  closeSync(): void {
    for (const writer of this.#writers) writer.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** The shard that the next record goes to. */
  #next(): number {
    const count = this.#writers.length;
    if (this.#perShard === undefined) return this.#at % count;
    while (this.#at < count && (this.#writers[this.#at] as W).length >= this.#perShard) this.#at++;
    if (this.#at < count) return this.#at;
    const message = `${this.name} is full: ${count} shards of ${this.#perShard} records`;
    throw new NthrecError("NTH_OUT_OF_RANGE", message, { source: this.name });
  }

  #advance(): void {
    if (this.#perShard === undefined) this.#at++;
  }

  /** Every shard has its turn, whatever becomes of the others; the first failure is told. */
  async #each(work: (writer: W) => Promise<void>): Promise<void> {
    for (const end of await Promise.allSettled(this.#writers.map(work))) {
      if (end.status === "rejected") throw end.reason;
    }
  }
}
