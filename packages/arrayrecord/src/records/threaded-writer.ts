import { type AbortOptions, BaseIndexedWriter, NthrecError } from "@nthrec/core";
import { throwIfAborted } from "../errors.ts";
import type { ArrayRecordWriterOptions } from "./array-record-options.ts";
import type { EncodingLine } from "./encoding-line.ts";

const EMPTY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/**
 * A writer whose asynchronous verbs may hand records to threads. Core hears of a record when its chunk has come back, in the order
 * of the calls.
 */
export abstract class ThreadedWriter extends BaseIndexedWriter<
  Uint8Array,
  ArrayRecordWriterOptions
> {
  /** What threads encode, where there are some; the same for all handles of a writer. */
  protected line: EncodingLine | undefined;

  /** Records published, as far as this writer knows, and its own that are not published yet. */
  override get length(): number {
    return super.length + (this.line?.records ?? 0);
  }

  /** @see {@link BaseIndexedWriter.append} */
  override append(value: Uint8Array, options?: AbortOptions): Promise<number> {
    const line = this.#active();
    if (line === undefined) return super.append(value, options);
    try {
      const index = this.length;
      const full = this.#add(line, value, options?.signal);
      return full === undefined ? Promise.resolve(index) : full.then(() => index);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @see {@link BaseIndexedWriter.appendSync} */
  override appendSync(value: Uint8Array): number {
    this.#settleSync();
    return super.appendSync(value);
  }

  /** @see {@link BaseIndexedWriter.extend} */
  override async extend(
    values: Iterable<Uint8Array> | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
    options?: AbortOptions,
  ): Promise<number> {
    const line = this.#active();
    const iterates = Symbol.iterator in values || Symbol.asyncIterator in values;
    // A stream that a browser does not iterate: there are no threads there.
    if (line === undefined || !iterates) return await super.extend(values, options);
    let count = 0;
    const add = (value: Uint8Array): Promise<unknown> | undefined => {
      count++;
      // The line may have ended meanwhile.
      if (this.#active() !== line) return this.append(value, options);
      return this.#add(line, value, options?.signal);
    };
    if (Symbol.iterator in values) {
      for (const value of values) {
        const full = add(value);
        if (full !== undefined) await full;
      }
    } else {
      for await (const value of values) await add(value);
    }
    return count;
  }

  /** @see {@link BaseIndexedWriter.extendSync} */
  override extendSync(values: Iterable<Uint8Array>): number {
    this.#settleSync();
    return super.extendSync(values);
  }

  /** @see {@link BaseIndexedWriter.commit} */
  override async commit(options?: AbortOptions): Promise<void> {
    await this.#settle();
    await super.commit(options);
  }

  /** @see {@link BaseIndexedWriter.commitSync} */
  override commitSync(): void {
    this.#settleSync();
    super.commitSync();
  }

  /** @see {@link BaseIndexedWriter.share} */
  override share(): this {
    const handle = super.share();
    handle.line = this.line;
    return handle;
  }

  /** @see {@link BaseIndexedWriter.abort} */
  override async abort(): Promise<void> {
    await Promise.all([super.abort(), this.line?.end()]);
  }

  /** @see {@link BaseIndexedWriter.close} */
  override async close(): Promise<void> {
    if (!this.closed) await this.#settle();
    await super.close();
  }

  /** @see {@link BaseIndexedWriter.closeSync} */
  override closeSync(): void {
    if (!this.closed) this.#settleSync();
    super.closeSync();
  }

  /** Refuses what is no record. */
  protected checkRecord(value: unknown): void {
    if (value instanceof Uint8Array) return;
    throw new NthrecError("NTH_INVALID_VALUE", `a record is a Uint8Array, not ${typeof value}`);
  }

  #active(): EncodingLine | undefined {
    return this.line === undefined || this.line.ended ? undefined : this.line;
  }

  /** Puts a record into the line; answers when there is room again, where there is none. */
  #add(
    line: EncodingLine,
    value: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> | undefined {
    throwIfAborted(signal);
    // Whether the writer is open is for core to say.
    void super.length;
    if (line.failure !== undefined) throw line.failure;
    this.checkRecord(value);
    line.add(value);
    return line.full ? this.#flow(line, () => line.full) : undefined;
  }

  /** Takes jobs from the front of the line as long as that is wanted. */
  #flow(line: EncodingLine, wanted: () => boolean): Promise<void> {
    const turn = line.turn.then(async () => {
      while (wanted()) {
        if (line.failure !== undefined) throw line.failure;
        await this.#land(line);
      }
    });
    line.turn = turn.catch(() => {});
    return turn;
  }

  async #land(line: EncodingLine): Promise<void> {
    try {
      const records = await line.first();
      await super.extend(new Array<Uint8Array>(records).fill(EMPTY));
    } catch (error) {
      line.failure = error;
      throw error;
    }
  }

  /** Empties the line and ends it, before a commit. */
  async #settle(): Promise<void> {
    const line = this.#active();
    if (line === undefined) return;
    await this.#flow(line, () => line.busy);
    if (line.ended) return;
    for (const value of line.takeRest()) void super.append(value);
    await line.end();
  }

  /** Empties the line and ends it, if no thread is at work: what is appended now may leave half a group. */
  #settleSync(): void {
    const line = this.#active();
    if (line === undefined) return;
    if (line.failure !== undefined) throw line.failure;
    if (line.busy) {
      throw new NthrecError(
        "NTH_LOCKED",
        `threads encode records for ${this.name}: await a commit, or use the verb without "Sync"`,
        { source: this.name },
      );
    }
    void line.end();
    for (const value of line.takeRest()) super.appendSync(value);
  }
}
