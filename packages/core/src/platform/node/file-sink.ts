import { constants } from "node:fs";
import { throwIfAborted } from "../../errors.ts";
import type { SyncByteSink } from "../../sink/byte-sink.ts";
import { checkRange } from "../../source/checks.ts";
import type { AbortOptions } from "../../types.ts";
import { Descriptor } from "./descriptor.ts";

const CREATE_FLAGS: number = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

/** A local file as a sink. */
export class FileSink implements SyncByteSink {
  /** The path. */
  readonly name: string;
  readonly #file: Descriptor;

  private constructor(file: Descriptor) {
    this.name = file.name;
    this.#file = file;
  }

  /**
   * Creates the file at `path`, or empties it, in the thread pool.
   *
   * @throws {@link NthrecError} `NTH_READONLY`, `NTH_NOT_FOUND` for a missing folder, `NTH_INVALID_VALUE` where a
   * folder has the name, `NTH_IO_ERROR`
   */
  static async create(path: string): Promise<FileSink> {
    return new FileSink(await Descriptor.open(path, CREATE_FLAGS, true));
  }

  /** The synchronous twin of {@link FileSink.create}. */
  static createSync(path: string): FileSink {
    return new FileSink(Descriptor.openSync(path, CREATE_FLAGS, true));
  }

  /** Writes all of `bytes` at `position`; an abort takes effect between two system calls, so `bytes` stay the caller's. */
  async write(position: number, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    this.#check(position);
    throwIfAborted(options?.signal, this.name);
    await this.#file.write(bytes, position, () => throwIfAborted(options?.signal, this.name));
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.#check(position);
    this.#file.writeSync(bytes, position);
  }

  async truncate(size: number): Promise<void> {
    this.#check(size);
    await this.#file.truncate(size);
  }

  truncateSync(size: number): void {
    this.#check(size);
    this.#file.truncateSync(size);
  }

  flush(): Promise<void> {
    return this.#file.flush();
  }

  flushSync(): void {
    this.#file.flushSync();
  }

  /** Refuses new writes at once, and resolves when those in flight have ended and the file is closed. */
  close(): Promise<void> {
    return this.#file.close();
  }

  /** Closes the file, or, while the thread pool works on it, as soon as it has ended. */
  closeSync(): void {
    this.#file.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #check(position: number): void {
    checkRange({ name: this.name, size: Number.MAX_SAFE_INTEGER }, position, position);
  }
}
