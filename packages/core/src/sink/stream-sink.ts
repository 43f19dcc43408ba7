import { isNthrecError, NthrecError, notOpen, throwIfAborted, untilAborted } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import type { ByteSink } from "./byte-sink.ts";

/** How a {@link StreamSink} treats its stream. */
export interface StreamSinkOptions {
  /** As error messages show it. @default "stream" */
  readonly name?: string | undefined;
  /** Leaves the stream open, so that its owner can go on with it, when the sink closes. @default false */
  readonly preventClose?: boolean | undefined;
}

/**
 * Writes to a WHATWG stream, front to back: a response, a pipe, a file picked in a browser.
 *
 * Each write must begin where the last one ended. Once one has failed or was aborted the rest cannot follow, and
 * every later verb fails too.
 */
export class StreamSink implements ByteSink {
  readonly name: string;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #preventClose: boolean;
  /** Ends with the write that was asked for last, however that went. */
  #last: Promise<void> = Promise.resolve();
  #position = 0;
  #failure: NthrecError | undefined;
  #open = true;

  constructor(stream: WritableStream<Uint8Array>, options: StreamSinkOptions = {}) {
    this.name = options.name ?? "stream";
    this.#preventClose = options.preventClose ?? false;
    this.#writer = stream.getWriter();
    // A stream that fails between two writes is reported by the next verb, not as an unhandled rejection.
    this.#writer.closed.catch(() => undefined);
    this.#writer.ready.catch(() => undefined);
  }

  /** Waits while the stream is full. The bytes are copied: a stream may keep them past the write. */
  async write(position: number, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    this.#check(options);
    if (position !== this.#position) {
      throw this.#refuse(`write at byte ${position}: it is at byte ${this.#position}`, position);
    }
    this.#position += bytes.length;
    const chunk = new Uint8Array(bytes);
    const written = this.#last.then(() => this.#hand(chunk, position, options?.signal));
    this.#last = written.catch(() => undefined);
    await written;
  }

  /** Accepts only the size that was written. */
  async truncate(size: number): Promise<void> {
    this.#check();
    if (size !== this.#position) {
      throw this.#refuse(`be cut to ${size} bytes: it is at byte ${this.#position}`, size);
    }
  }

  /** Waits until the stream has taken every write. It cannot tell what has reached a disk. */
  async flush(): Promise<void> {
    this.#check();
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Closes the stream after the last write, or aborts it when a write has failed. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#last;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#preventClose) await this.#writer.close();
    } catch (error) {
      // Whoever reads the other end must not take what came through for the whole.
      if (!this.#preventClose) this.#writer.abort(error).catch(() => undefined);
      throw this.#failed(error, this.#position);
    } finally {
      this.#writer.releaseLock();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #hand(chunk: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await untilAborted(this.#writer.ready, signal, this.name);
      await untilAborted(this.#writer.write(chunk), signal, this.name);
    } catch (error) {
      throw this.#failed(error, position);
    }
  }

  /** Remembers the first failure: behind a hole in the stream nothing may follow. */
  #failed(error: unknown, position: number): NthrecError {
    if (error === this.#failure) return this.#failure as NthrecError;
    this.#failure ??= new NthrecError(
      "NTH_IO_ERROR",
      `${this.name} failed at byte ${position}; nothing can follow`,
      { source: this.name, offset: position, cause: error },
    );
    return isNthrecError(error) ? error : this.#failure;
  }

  #check(options?: AbortOptions): void {
    if (!this.#open) throw notOpen(this.name);
    throwIfAborted(options?.signal, this.name);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #refuse(what: string, offset: number): NthrecError {
    return new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${this.name} is written front to back and cannot ${what}`,
      { source: this.name, offset },
    );
  }
}
