import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncate,
  ftruncateSync,
  open,
  openSync,
  read,
  readSync,
  type Stats,
  write,
  writeSync,
} from "node:fs";
import { NthrecError, notOpen } from "../../errors.ts";
import { fsError } from "./fs-error.ts";
import { type Done, pooled } from "./pooled.ts";

/** One system call moves at most this much; Node refuses 2 GiB and more. */
const MAX_CALL_BYTES = 2 ** 30;

/**
 * An open file: every transfer is complete or an error, every error is coded, and the descriptor is never closed
 * while the thread pool works on it (its number could belong to another file by then).
 */
export class Descriptor {
  /** Path of the file, as error messages show it. */
  readonly name: string;
  readonly #fd: number;
  #open = true;
  #inFlight = 0;
  #idle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  private constructor(name: string, fd: number) {
    this.name = name;
    this.#fd = fd;
  }

  /** Opens `path` in the thread pool. @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_IO_ERROR`, `NTH_READONLY` */
  static async open(path: string, flags: number, writing = false): Promise<Descriptor> {
    try {
      return new Descriptor(path, await pooled<number>((done) => open(path, flags, done)));
    } catch (error) {
      throw fsError(error, { action: "open", name: path, writing });
    }
  }

  /** The synchronous twin of {@link Descriptor.open}. */
  static openSync(path: string, flags: number, writing = false): Descriptor {
    try {
      return new Descriptor(path, openSync(path, flags));
    } catch (error) {
      throw fsError(error, { action: "open", name: path, writing });
    }
  }

  /** Whether no `close` has begun. */
  get isOpen(): boolean {
    return this.#open;
  }

  statSync(): Stats {
    return this.#call("ask the size of", false, (fd) => fstatSync(fd));
  }

  /** Fills `target` from `position` on. @throws {@link NthrecError} `NTH_SHORT_READ` when the file ends before */
  readSync(target: Uint8Array, position: number): void {
    if (!this.#open) throw notOpen(this.name);
    const size = target.length;
    let done = 0;
    try {
      while (done < size) {
        const length = Math.min(size - done, MAX_CALL_BYTES);
        const got = readSync(this.#fd, target, done, length, position + done);
        if (got === 0) throw shortRead(this.name, position, size, done);
        done += got;
      }
    } catch (error) {
      throw this.#error(error, "read", position + done);
    }
  }

  /** Fills `target` in the thread pool; until it settles the memory belongs to the read. */
  async read(target: Uint8Array, position: number): Promise<void> {
    await this.#pool(async (fd) => {
      let done = 0;
      try {
        while (done < target.length) {
          const length = Math.min(target.length - done, MAX_CALL_BYTES);
          const at = position + done;
          const got = await pooled<number>((end) => read(fd, target, done, length, at, end));
          if (got === 0) throw shortRead(this.name, position, target.length, done);
          done += got;
        }
      } catch (error) {
        throw this.#error(error, "read", position + done);
      }
    });
  }

  /** Writes all of `bytes` at `position`, or where the file ends when `position` is `null`. */
  writeSync(bytes: Uint8Array, position: number | null): void {
    if (!this.#open) throw notOpen(this.name);
    let done = 0;
    try {
      while (done < bytes.length) {
        const length = Math.min(bytes.length - done, MAX_CALL_BYTES);
        done += writeSync(
          this.#fd,
          bytes,
          done,
          length,
          position === null ? null : position + done,
        );
      }
    } catch (error) {
      throw this.#writeError(error, position, done);
    }
  }

  /** Writes all of `bytes` in the thread pool; `onward` is asked between two calls and may throw. */
  async write(bytes: Uint8Array, position: number, onward: () => void): Promise<void> {
    await this.#pool(async (fd) => {
      let done = 0;
      try {
        while (done < bytes.length) {
          onward();
          const length = Math.min(bytes.length - done, MAX_CALL_BYTES);
          const at = position + done;
          done += await pooled<number>((end) => write(fd, bytes, done, length, at, end));
        }
      } catch (error) {
        throw this.#writeError(error, position, done);
      }
    });
  }

  truncateSync(size: number): void {
    this.#call("truncate", true, (fd) => ftruncateSync(fd, size));
  }

  async truncate(size: number): Promise<void> {
    await this.#pooledCall("truncate", (fd, done) => ftruncate(fd, size, done));
  }

  /** Makes content survive a crash of the machine (`fdatasync`). */
  flushSync(): void {
    this.#call("flush", true, (fd) => fdatasyncSync(fd));
  }

  async flush(): Promise<void> {
    await this.#pooledCall("flush", (fd, done) => fdatasync(fd, done));
  }

  /** Makes content and metadata survive (`fsync`); for a folder these are its names. */
  flushAllSync(): void {
    this.#call("flush", true, (fd) => fsyncSync(fd));
  }

  async flushAll(): Promise<void> {
    await this.#pooledCall("flush", (fd, done) => fsync(fd, done));
  }

  /** Refuses new calls at once, and resolves when those in flight have ended and the descriptor is closed. */
  close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#closed = new Promise((resolve, reject) => {
        this.#idle = () =>
          close(this.#fd, (error) => (error ? reject(this.#error(error, "close")) : resolve()));
      });
      if (this.#inFlight === 0) this.#idle?.();
    }
    return this.#closed ?? Promise.resolve();
  }

  /** Closes now, or, while the thread pool works on the file, as soon as it has ended. */
  closeSync(): void {
    if (!this.#open) return;
    if (this.#inFlight > 0) {
      // Nobody waits for this close any more, so its failure has no other way out.
      this.close().catch((error: Error) => process.emitWarning(error));
      return;
    }
    this.#open = false;
    try {
      closeSync(this.#fd);
    } catch (error) {
      throw this.#error(error, "close");
    }
  }

  #call<T>(action: string, writing: boolean, call: (fd: number) => T): T {
    if (!this.#open) throw notOpen(this.name);
    try {
      return call(this.#fd);
    } catch (error) {
      throw fsError(error, { action, name: this.name, writing });
    }
  }

  async #pooledCall(action: string, call: (fd: number, done: Done<void>) => void): Promise<void> {
    await this.#pool(async (fd) => {
      try {
        await pooled<void>((done) => call(fd, done));
      } catch (error) {
        throw fsError(error, { action, name: this.name, writing: true });
      }
    });
  }

  async #pool(work: (fd: number) => Promise<void>): Promise<void> {
    if (!this.#open) throw notOpen(this.name);
    this.#inFlight++;
    try {
      await work(this.#fd);
    } finally {
      if (--this.#inFlight === 0) this.#idle?.();
    }
  }

  #error(error: unknown, action: string, offset?: number): unknown {
    return fsError(error, { action, name: this.name, offset });
  }

  #writeError(error: unknown, position: number | null, done: number): unknown {
    const offset = position === null ? undefined : position + done;
    const action = position === null ? "append to" : "write";
    return fsError(error, { action, name: this.name, offset, writing: true });
  }
}

function shortRead(name: string, position: number, size: number, done: number): NthrecError {
  return new NthrecError(
    "NTH_SHORT_READ",
    `bytes [${position}, ${position + size}) of ${name} were asked for, but it ends at byte ` +
      `${position + done}: it was truncated while it was open`,
    { source: name, offset: position },
  );
}
