import type { AbortOptions, LocalOutput, RecordSlice } from "@nthrec/core";
import { checkReadOptions } from "../values/value-options.ts";
import type { MsgpackReaderOptions, MsgpackWriterOptions } from "./msgpack-options.ts";
import { MsgpackReader } from "./msgpack-reader.ts";
import { MsgpackWriter } from "./msgpack-writer.ts";

/** Where a handle's records lie: a path, a `file:` URL, or an entry of a store. */
type HandleInput = Extract<LocalOutput, Parameters<typeof MsgpackReader.openSync>[0]>;

/** How a {@link MsgpackHandle} is opened: what both the reader and the writer take, but no modes of sharing. */
export interface MsgpackHandleOptions
  extends Omit<MsgpackReaderOptions, "signal">,
    Omit<MsgpackWriterOptions, "exclusive" | "signal"> {}

/**
 * Reads and appends in one object, as the Python original's modes `w+` and `a+` do: a record can be read as soon as
 * its `append` is through, and so can those of other writers of the file.
 */
export class MsgpackHandle<T = unknown> implements AsyncDisposable, Disposable {
  readonly #writer: MsgpackWriter<T>;
  readonly #reader: MsgpackReader<T>;

  private constructor(writer: MsgpackWriter<T>, reader: MsgpackReader<T>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  /**
   * Opens a file for reading and appending.
   *
   * @param options `mode: "append"` goes on with a file, and makes it where it is missing; `"write"`, the default,
   * puts an empty one into its place at once.
   * @throws {@link NthrecError} what opening a {@link MsgpackWriter} and a {@link MsgpackReader} throws
   */
  static async open<T = unknown>(
    data: HandleInput,
    options: MsgpackHandleOptions = {},
  ): Promise<MsgpackHandle<T>> {
    // Before an empty file takes the place of the old one.
    checkReadOptions(options);
    if (options.mode !== "append") await (await MsgpackWriter.open(data, options)).close();
    const writer = await MsgpackWriter.open(data, { ...options, mode: "append" });
    try {
      await writer.commit();
      const reader = await MsgpackReader.open<T>(data, options);
      return new MsgpackHandle<T>(writer as MsgpackWriter<T>, reader);
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /** {@link MsgpackHandle.open}, before it returns. */
  static openSync<T = unknown>(
    data: HandleInput,
    options: MsgpackHandleOptions = {},
  ): MsgpackHandle<T> {
    checkReadOptions(options);
    if (options.mode !== "append") MsgpackWriter.openSync(data, options).closeSync();
    const writer = MsgpackWriter.openSync(data, { ...options, mode: "append" });
    try {
      writer.commitSync();
      const reader = MsgpackReader.openSync<T>(data, options);
      return new MsgpackHandle<T>(writer as MsgpackWriter<T>, reader);
    } catch (error) {
      writer.closeSync();
      throw error;
    }
  }

  /** Path or label of the data. */
  get name(): string {
    return this.#writer.name;
  }

  /** Records that can be read, and own ones on their way. */
  get length(): number {
    return Math.max(this.#writer.length, this.#reader.length);
  }

  /** Appends a record; its number comes when it is published. @see {@link MsgpackWriter.append} */
  append(value: T, options?: AbortOptions): Promise<number> {
    return this.#writer.append(value, options);
  }

  /** Appends a record and publishes it before it returns. */
  appendSync(value: T): number {
    return this.#writer.appendSync(value);
  }

  /** Appends many records; answers how many there were. @see {@link MsgpackWriter.extend} */
  extend(values: Iterable<T> | AsyncIterable<T>, options?: AbortOptions): Promise<number> {
    return this.#writer.extend(values, options);
  }

  /** {@link MsgpackHandle.extend}, before it returns. */
  extendSync(values: Iterable<T>): number {
    return this.#writer.extendSync(values);
  }

  /** Waits until every record appended before the call is published. */
  commit(options?: AbortOptions): Promise<void> {
    return this.#writer.commit(options);
  }

  /** Reads a record. @see {@link MsgpackReader.get} */
  async get(index: number, options?: AbortOptions): Promise<T> {
    if (index >= this.#reader.length) await this.refresh(options);
    return await this.#reader.get(index, options);
  }

  /** {@link MsgpackHandle.get}, before it returns. */
  getSync(index: number): T {
    if (index >= this.#reader.length) this.refreshSync();
    return this.#reader.getSync(index);
  }

  /** Reads a record as `Array.prototype.at` does, among all that are published. */
  async at(index: number, options?: AbortOptions): Promise<T | undefined> {
    await this.refresh(options);
    return await this.#reader.at(index, options);
  }

  /** {@link MsgpackHandle.at}, before it returns. */
  atSync(index: number): T | undefined {
    this.refreshSync();
    return this.#reader.atSync(index);
  }

  /** Reads many records in the order of `indices`. @see {@link MsgpackReader.getMany} */
  async getMany(indices: Iterable<number>, options?: AbortOptions): Promise<T[]> {
    const list = [...indices];
    if (list.some((index) => index >= this.#reader.length)) await this.refresh(options);
    return await this.#reader.getMany(list, options);
  }

  /** A lazy view of what is published now. @see {@link MsgpackReader.slice} */
  slice(start?: number, end?: number, step?: number): RecordSlice<T> {
    this.refreshSync();
    return this.#reader.slice(start, end, step);
  }

  /** Iterates over what is published now, in the calling thread. */
  [Symbol.iterator](): IterableIterator<T> {
    this.refreshSync();
    return this.#reader[Symbol.iterator]();
  }

  /** Iterates over what is published now, with bounded read-ahead. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    await this.refresh();
    yield* this.#reader;
  }

  /** Makes records readable that were published since the last look, whoever wrote them. */
  refresh(options?: AbortOptions): Promise<void> {
    return this.#reader.refresh(options);
  }

  /** {@link MsgpackHandle.refresh}, before it returns. */
  refreshSync(): void {
    this.#reader.refreshSync();
  }

  /** Publishes what is pending and closes the file. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#reader.close();
  }

  /** {@link MsgpackHandle.close}, before it returns. */
  closeSync(): void {
    this.#writer.closeSync();
    this.#reader.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}
