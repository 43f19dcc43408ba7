import { constants } from "node:fs";
import { NthrecError } from "../../errors.ts";
import { checkRange } from "../../source/checks.ts";
import type { EntryStat, LiveFile } from "../../store/byte-store.ts";
import { Descriptor } from "./descriptor.ts";
import { entryStat } from "./file-source.ts";

/** Reads up to this size are not worth a look at the file's size before the memory is taken. */
const SMALL_READ_BYTES = 65_536;

/** A local file open for reading and writing while others use it too. */
export class NodeLiveFile implements LiveFile {
  /** The path. */
  readonly name: string;
  readonly #file: Descriptor;
  #appender: Descriptor | undefined;

  private constructor(file: Descriptor) {
    this.name = file.name;
    this.#file = file;
  }

  /**
   * Opens the file at `path`; with `create` a missing one is made, empty.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_READONLY`, `NTH_INVALID_VALUE` for a folder, `NTH_IO_ERROR`
   */
  static openSync(path: string, create: boolean): NodeLiveFile {
    const flags = create ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR;
    return new NodeLiveFile(Descriptor.openSync(path, flags, true));
  }

  statSync(): EntryStat {
    return entryStat(this.#file.statSync());
  }

  readSync(start: number, end: number): Uint8Array {
    checkRange({ name: this.name, size: Number.MAX_SAFE_INTEGER }, start, end);
    // A length that a damaged file made up must not allocate.
    if (end - start > SMALL_READ_BYTES) {
      checkRange({ name: this.name, size: this.#file.statSync().size }, start, end);
    }
    const bytes = new Uint8Array(end - start);
    this.#file.readSync(bytes, start);
    return bytes;
  }

  readIntoSync(target: Uint8Array, start: number): void {
    checkRange({ name: this.name, size: Number.MAX_SAFE_INTEGER }, start, start);
    this.#file.readSync(target, start);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    checkRange({ name: this.name, size: Number.MAX_SAFE_INTEGER }, position, position);
    this.#file.writeSync(bytes, position);
  }

  /** Writes all of `bytes` at the end, wherever that is at the moment of the write. */
  appendSync(bytes: Uint8Array): void {
    this.#appender ??= this.#openAppender();
    this.#appender.writeSync(bytes, null);
  }

  truncateSync(size: number): void {
    checkRange({ name: this.name, size: Number.MAX_SAFE_INTEGER }, size, size);
    this.#file.truncateSync(size);
  }

  flush(): Promise<void> {
    return this.#file.flush();
  }

  flushSync(): void {
    this.#file.flushSync();
  }

  /** Closes the file, or, while a flush is in flight, as soon as it has ended. */
  closeSync(): void {
    this.#file.closeSync();
    this.#appender?.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** A second descriptor: Linux ignores the position of a write to one that appends. */
  #openAppender(): Descriptor {
    const here = this.#file.statSync();
    const appender = Descriptor.openSync(this.name, constants.O_WRONLY | constants.O_APPEND, true);
    const there = appender.statSync();
    if (there.ino === here.ino && there.dev === here.dev) return appender;
    appender.closeSync();
    throw new NthrecError(
      "NTH_SOURCE_CHANGED",
      `${this.name} was replaced by another file while it was open: open it again`,
      { source: this.name },
    );
  }
}
