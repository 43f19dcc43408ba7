import { NthrecError, throwIfAborted } from "../errors.ts";
import { cut, type RecordSequence } from "../offsets/record-sequence.ts";
import { checkIndex, numbersOf } from "../reader/access.ts";
import type { BaseIndexedReader } from "../reader/base-indexed-reader.ts";
import { type RecordRuns, RecordSlice } from "../reader/record-slice.ts";
import type { VerifyOptions } from "../reader/verify.ts";
import type { AbortOptions, ByteRange } from "../types.ts";
import { AsyncShardRecords, acquired } from "./async-shard-records.ts";
import type { ShardSet } from "./shard-set.ts";
import type { MissingShard } from "./shard-spec.ts";
import { SyncShardRecords } from "./sync-shard-records.ts";
import { type ShardVerifyReport, verifyShards, verifyShardsSync } from "./verify-shards.ts";

/** Shards that one `getMany` reads from at once. */
const SHARDS_IN_FLIGHT = 8;

/** One shard of a set. */
export interface ShardInfo {
  /** File name, URL or label. */
  readonly name: string;
  /** Number of its first record in the set. */
  readonly start: number;
  /** Records that the set takes from it. */
  readonly length: number;
  /** Number of the first of them in the file. */
  readonly skip: number;
}

/** Where a record of a set lies. */
export interface ShardPlace {
  /** Number of the shard, from 0: its place in {@link ShardedReader.shards}. */
  readonly shard: number;
  /** Name of the shard. */
  readonly name: string;
  /** Number of the record in the shard's file. */
  readonly index: number;
}

/** Where a record of a set lies, to the byte. */
export type ShardLocation = ShardPlace & ByteRange;

/** Reads the n-th record of many files as if they were one; files are opened when a record of theirs is wanted. */
export class ShardedReader<T, R extends BaseIndexedReader<T> = BaseIndexedReader<T>>
  implements AsyncDisposable, Disposable, Iterable<T>, AsyncIterable<T>
{
  /** What the set was opened by, as messages show it. */
  readonly name: string;
  /** The shards in order. */
  readonly shards: readonly ShardInfo[];
  /** Shards that the set should have and that were left out (`missing: "skip"`). */
  readonly missing: readonly MissingShard[];
  readonly #set: ShardSet<R>;
  readonly #runs: RecordRuns<T>;

  /** @see {@link openShards} */
  constructor(set: ShardSet<R>) {
    this.#set = set;
    this.name = set.name;
    this.missing = set.missing;
    const { map } = set;
    this.shards = set.files.map(({ name, skip }, shard) => {
      const start = map.start(shard);
      return { name, start, length: map.end(shard) - start, skip };
    });
    this.#runs = {
      run: (sequence) => new SyncShardRecords<T, R>(set, sequence),
      runAsync: (sequence, signal) => new AsyncShardRecords<T, R>(set, sequence, signal),
    };
  }

  /** Records of all shards together. */
  get length(): number {
    this.#set.pool.check();
    return this.#set.map.length;
  }

  get closed(): boolean {
    return this.#set.pool.closed;
  }

  /** Shards that are open, or on their way. */
  get openShards(): number {
    return this.#set.pool.size;
  }

  /** Says in which shard record `index` lies, and with which number. @throws {@link NthrecError} `NTH_OUT_OF_RANGE` */
  shardOf(index: number): ShardPlace {
    const shard = this.#find(index);
    return { shard, name: this.#set.files[shard]?.name ?? "", index: this.#local(shard, index) };
  }

  /**
   * Reads record `index`, `0 ≤ index < length`. Errors name the shard, and the record's number there.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`, `NTH_NOT_FOUND` for a shard that is gone, `NTH_INDEX_STALE` for one that has
   * not the records it was said to have, and what readers throw
   */
  get(index: number, options?: AbortOptions): Promise<T> {
    try {
      const shard = this.#find(index);
      const local = this.#local(shard, index);
      const entry = this.#set.pool.peek(shard);
      if (entry === undefined) {
        return this.#with(shard, options?.signal, (reader) => reader.get(local, options));
      }
      entry.busy++;
      const record = (entry.reader as R).get(local, options);
      record.then(entry.release, entry.release);
      return record;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** {@link ShardedReader.get}, before it returns; for local data. */
  getSync(index: number): T {
    const shard = this.#find(index);
    const local = this.#local(shard, index);
    return this.#withSync(shard, (reader) => reader.getSync(local));
  }

  /** Reads a record as `Array.prototype.at` does: negative numbers count from the end, `undefined` outside. */
  async at(index: number, options?: AbortOptions): Promise<T | undefined> {
    const absolute = this.#relative(index);
    throwIfAborted(options?.signal, this.name);
    return absolute === undefined ? undefined : this.get(absolute, options);
  }

  /** {@link ShardedReader.at}, before it returns. */
  atSync(index: number): T | undefined {
    const absolute = this.#relative(index);
    return absolute === undefined ? undefined : this.getSync(absolute);
  }

  /** Reads many records in the order of `indices`: several shards at once, neighbours together. */
  async getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]> {
    const groups = this.#grouped(indices);
    throwIfAborted(options?.signal, this.name);
    const records = new Array<T>(groups.count);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < groups.all.length) {
        const group = groups.all[next++] as Group;
        const read = (reader: R): Promise<T[]> => reader.getMany(group.locals, options);
        const found = await this.#with(group.shard, options?.signal, read);
        place(records, group, found);
      }
    };
    const workers = Array.from({ length: Math.min(SHARDS_IN_FLIGHT, groups.all.length) }, () =>
      worker().catch((error: unknown) => {
        // The others begin nothing more.
        next = groups.all.length;
        throw error;
      }),
    );
    for (const end of await Promise.allSettled(workers)) {
      if (end.status === "rejected") throw end.reason;
    }
    return records;
  }

  /** {@link ShardedReader.getMany}, before it returns. */
  getManySync(indices: Iterable<number>): T[] {
    const groups = this.#grouped(indices);
    const records = new Array<T>(groups.count);
    for (const group of groups.all) {
      place(
        records,
        group,
        this.#withSync(group.shard, (reader) => reader.getManySync(group.locals)),
      );
    }
    return records;
  }

  /** A lazy view of `[start, end)` with a step, over the borders of shards. @see {@link BaseIndexedReader.slice} */
  slice(start?: number, end?: number, step = 1): RecordSlice<T> {
    return new RecordSlice<T>(this, this.#runs, cut(this.#all(), start, end, step));
  }

  /** Iterates in the calling thread; needs data that answer at once. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#runs.run(this.#all());
  }

  /** Iterates with bounded read-ahead, shard after shard. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  /** Iterates as `for await` does, with options. */
  values(options: AbortOptions = {}): AsyncIterableIterator<T> {
    return this.#runs.runAsync(this.#all(), options.signal);
  }

  /** Reads the raw bytes of a record's frame. */
  async getBytes(index: number, options?: AbortOptions): Promise<Uint8Array> {
    const { shard, index: local } = this.shardOf(index);
    return await this.#with(shard, options?.signal, (reader) => reader.getBytes(local, options));
  }

  /** {@link ShardedReader.getBytes}, before it returns. */
  getBytesSync(index: number): Uint8Array {
    const { shard, index: local } = this.shardOf(index);
    return this.#withSync(shard, (reader) => reader.getBytesSync(local));
  }

  /** Finds a record's shard, its number there, and the bytes of its frame in that file. */
  async locate(index: number, options?: AbortOptions): Promise<ShardLocation> {
    const at = this.shardOf(index);
    const range = await this.#with(at.shard, options?.signal, (reader) =>
      reader.locate(at.index, options),
    );
    return { ...at, ...range };
  }

  /** {@link ShardedReader.locate}, before it returns. */
  locateSync(index: number): ShardLocation {
    const at = this.shardOf(index);
    return { ...at, ...this.#withSync(at.shard, (reader) => reader.locateSync(at.index)) };
  }

  /**
   * Lends the reader of a shard: for verbs that only its format has. It stays open until `work` has ended, and beyond the limit
   * of open shards; do not keep it.
   */
  async use<X>(shard: number, work: (reader: R) => X | Promise<X>): Promise<X> {
    this.#checkShard(shard);
    const entry = await this.#set.pool.acquire(shard);
    entry.pinned++;
    try {
      return await work(entry.reader as R);
    } finally {
      entry.pinned--;
      entry.release();
    }
  }

  /** {@link ShardedReader.use}, before it returns. */
  useSync<X>(shard: number, work: (reader: R) => X): X {
    this.#checkShard(shard);
    return this.#withSync(shard, work);
  }

  /** Looks for damage in every shard, and for shards that are gone; never throws for what it finds. */
  async verify(options: VerifyOptions = {}): Promise<ShardVerifyReport> {
    return await verifyShards(this.#set, options);
  }

  /** {@link ShardedReader.verify}, before it returns. */
  verifySync(options: VerifyOptions = {}): ShardVerifyReport {
    return verifyShardsSync(this.#set, options);
  }

  /** Closes every shard; every later verb fails with `NTH_NOT_OPEN`. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#set.close();
  }

  /** {@link ShardedReader.close}, before it returns. */
  closeSync(): void {
    this.#set.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #find(index: number): number {
    const { map, pool } = this.#set;
    pool.check();
    checkIndex(index, map.length, this.name);
    return map.find(index);
  }

  #local(shard: number, index: number): number {
    return index - this.#set.map.start(shard) + this.#set.skip(shard);
  }

  #relative(index: number): number | undefined {
    const { length } = this;
    const from = Math.trunc(index) || 0;
    const absolute = from < 0 ? from + length : from;
    return absolute >= 0 && absolute < length ? absolute : undefined;
  }

  #all(): RecordSequence {
    return { start: 0, step: 1, count: this.length };
  }

  #checkShard(shard: number): void {
    this.#set.pool.check();
    if (!Number.isInteger(shard)) {
      throw new TypeError(`a shard's number is an integer, not ${String(shard)}`);
    }
    if (shard >= 0 && shard < this.shards.length) return;
    const message = `shard ${shard} does not exist: ${this.name} has ${this.shards.length} shards`;
    throw new NthrecError("NTH_OUT_OF_RANGE", message, { source: this.name, index: shard });
  }

  /** Record numbers by shard, in the order in which shards are first asked for. */
  #grouped(indices: Iterable<number>): { readonly all: readonly Group[]; readonly count: number } {
    const groups = new Map<number, Group>();
    let count = 0;
    this.#set.pool.check();
    for (const index of numbersOf(indices)) {
      const shard = this.#find(index);
      let group = groups.get(shard);
      if (group === undefined) {
        group = { shard, locals: [], positions: [] };
        groups.set(shard, group);
      }
      group.locals.push(this.#local(shard, index));
      group.positions.push(count++);
    }
    return { all: [...groups.values()], count };
  }

  async #with<X>(
    shard: number,
    signal: AbortSignal | undefined,
    work: (reader: R) => Promise<X>,
  ): Promise<X> {
    throwIfAborted(signal, this.name);
    const entry = await acquired(this.#set.pool, shard, signal, this.name);
    try {
      return await work(entry.reader as R);
    } finally {
      entry.release();
    }
  }

  #withSync<X>(shard: number, work: (reader: R) => X): X {
    const entry = this.#set.pool.acquireSync(shard);
    try {
      return work(entry.reader as R);
    } finally {
      entry.release();
    }
  }
}

/** Records of one shard, and where they go in the answer. */
interface Group {
  readonly shard: number;
  readonly locals: number[];
  readonly positions: number[];
}

function place<T>(records: T[], { positions }: Group, found: readonly T[]): void {
  for (let i = 0; i < positions.length; i++) records[positions[i] as number] = found[i] as T;
}
