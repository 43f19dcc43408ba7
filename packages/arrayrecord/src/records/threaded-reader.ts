import { type AbortOptions, BaseIndexedReader, NthrecError } from "@nthrec/core";
import { throwIfAborted } from "../errors.ts";
import type { ChunkThreads } from "../threads/chunk-threads.ts";
import { threadsOf } from "../threads/threads-of.ts";
import type { ArrayRecordReaderOptions } from "./array-record-options.ts";
import { type DecodeTarget, decodedAhead, portionsOf } from "./decode-ahead.ts";

/**
 * A reader whose asynchronous verbs may have chunks decoded by threads. These put them into the cache ahead of core, which
 * reads what is not there by itself: so that what is wrong with a chunk is told in one place.
 */
export abstract class ThreadedReader extends BaseIndexedReader<
  Uint8Array,
  ArrayRecordReaderOptions
> {
  readonly #threads: ChunkThreads | undefined = threadsOf(this.options);

  /** @see {@link BaseIndexedReader.getMany} */
  override async getMany(
    indices: Iterable<number>,
    options: AbortOptions = {},
  ): Promise<Uint8Array[]> {
    const threads = this.#threads;
    if (threads === undefined) return await super.getMany(indices, options);
    const list = Array.from(indices);
    const { length } = this;
    const within = list.every((index) => Number.isInteger(index) && index >= 0 && index < length);
    // Core says what is wrong.
    if (!within) return await super.getMany(list, options);
    const numberAt = (position: number): number => list[position] as number;
    const order = Uint32Array.from(list.keys()).sort((a, b) => numberAt(a) - numberAt(b));
    const records = new Array<Uint8Array>(list.length);
    for await (const positions of this.#ahead(order, numberAt, threads, options.signal)) {
      const part = await super.getMany(positions.map(numberAt), options);
      part.forEach((record, i) => {
        records[positions[i] as number] = record;
      });
    }
    return records;
  }

  /** @see {@link BaseIndexedReader.values} */
  override values(options: AbortOptions = {}): AsyncIterableIterator<Uint8Array> {
    const threads = this.#threads;
    return threads === undefined ? super.values(options) : this.#inOrder(threads, options);
  }

  /** @see {@link BaseIndexedReader.close} */
  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#threads?.close()]);
  }

  /** @see {@link BaseIndexedReader.closeSync} */
  override closeSync(): void {
    super.closeSync();
    void this.#threads?.close();
  }

  /** Where chunks are read from, and where they go; `undefined` where it is not known where they lie. */
  protected abstract _target(): DecodeTarget | undefined;

  async *#inOrder(
    threads: ChunkThreads,
    options: AbortOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const order = countTo(this.length);
    for await (const part of this.#ahead(order, (i) => i, threads, options.signal)) {
      for (const record of await super.getMany(part, options)) {
        throwIfAborted(options.signal);
        yield record;
      }
    }
  }

  /** Positions of records, portion by portion, while threads decode the chunks of the next ones. */
  async *#ahead(
    order: Iterable<number>,
    numberAt: (position: number) => number,
    threads: ChunkThreads,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly number[], void, undefined> {
    const target = this.current._target();
    if (target === undefined) {
      const message = 'threads need the whole footer: leave out threads, or offsets: "paged"';
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: this.name });
    }
    const portions = portionsOf(order, numberAt, target.table);
    for await (const { positions } of decodedAhead(portions, target, threads, signal)) {
      yield positions;
    }
  }
}

function* countTo(end: number): Generator<number> {
  for (let i = 0; i < end; i++) yield i;
}
