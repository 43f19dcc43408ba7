import { constants as sizes } from "node:buffer";
import { constants, type Stats } from "node:fs";
import { NthrecError, throwIfAborted, untilAborted } from "../../errors.ts";
import type { SyncByteSource } from "../../source/byte-source.ts";
import { checkRead } from "../../source/checks.ts";
import { InlineGate } from "../../source/inline-gate.ts";
import { type TurnWatch, threadTurns } from "../../source/turn-watch.ts";
import type { EntryStat, StoreOpenOptions } from "../../store/byte-store.ts";
import type { AbortOptions } from "../../types.ts";
import { Descriptor } from "./descriptor.ts";

/** How a {@link FileSource} is opened. */
export interface FileSourceOptions extends StoreOpenOptions {
  /** Watches the event loop. @default the watch of this thread */
  readonly turns?: TurnWatch | undefined;
}

/** Without O_NONBLOCK the opening of a named pipe would wait for a writer. Windows has no such flag. */
const READ_FLAGS: number = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A local file as a source: its size is that of the moment of opening, its descriptor stays with the file. */
export class FileSource implements SyncByteSource {
  /** The path. */
  readonly name: string;
  readonly size: number;
  /** Changes when another file takes the path. */
  readonly inode: number;
  /** Time of the last change before the opening, ms with fraction. */
  readonly modified: number;
  readonly #file: Descriptor;
  readonly #io: "adaptive" | "inline" | "pool";
  readonly #turns: TurnWatch;
  readonly #gate: InlineGate;
  #refused = false;
  #spare: Uint8Array = new Uint8Array(0);

  private constructor(file: Descriptor, stat: Stats, options: FileSourceOptions) {
    this.name = file.name;
    this.size = stat.size;
    this.inode = stat.ino;
    this.modified = stat.mtimeMs;
    this.#file = file;
    this.#io = options.io ?? "adaptive";
    this.#turns = options.turns ?? threadTurns;
    this.#gate = new InlineGate(this.#turns);
  }

  /**
   * Opens the file at `path`, in the thread pool.
   *
   * @throws {@link NthrecError} `NTH_NOT_FOUND`, `NTH_INVALID_VALUE` for a folder, `NTH_NOT_SUPPORTED` for a pipe or
   * device, `NTH_IO_ERROR`, `NTH_ABORTED`
   */
  static async open(path: string, options: FileSourceOptions = {}): Promise<FileSource> {
    throwIfAborted(options.signal, path);
    const opening = Descriptor.open(path, READ_FLAGS);
    try {
      return FileSource.#from(await untilAborted(opening, options.signal, path), options);
    } catch (error) {
      // After an abort the descriptor may still arrive; if the opening failed instead, that is `error` itself.
      if (options.signal?.aborted) opening.then((file) => file.close()).catch(() => undefined);
      throw error;
    }
  }

  /** The synchronous twin of {@link FileSource.open}. */
  static openSync(path: string, options: FileSourceOptions = {}): FileSource {
    return FileSource.#from(Descriptor.openSync(path, READ_FLAGS), options);
  }

  static #from(file: Descriptor, options: FileSourceOptions): FileSource {
    try {
      const stat = file.statSync();
      if (!stat.isFile()) throw notAFile(file.name, stat);
      return new FileSource(file, stat, options);
    } catch (error) {
      file.closeSync();
      throw error;
    }
  }

  /** The file as it is now: larger when someone appended, smaller when it was truncated. */
  stat(): EntryStat {
    return entryStat(this.#file.statSync());
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    checkRead(this, this.#file.isOpen, start, end, options);
    const target = this.#bytes(start, end);
    const way = this.#way(target.length);
    if (way === "turn") await this.#takeTurn(start, end, options);
    if (way === "pool") {
      await untilAborted(this.#file.read(target, start), options?.signal, this.name);
    } else {
      this.#readNow(target, start);
    }
    return target;
  }

  readSync(start: number, end: number): Uint8Array {
    checkRead(this, this.#file.isOpen, start, end);
    const target = this.#bytes(start, end);
    this.#readNow(target, start);
    return target;
  }

  async readInto(target: Uint8Array, start: number, options?: AbortOptions): Promise<void> {
    const end = start + target.length;
    checkRead(this, this.#file.isOpen, start, end, options);
    const way = this.#way(target.length);
    if (way === "turn") await this.#takeTurn(start, end, options);
    if (way !== "pool") return this.#readNow(target, start);
    if (options?.signal === undefined) return this.#file.read(target, start);
    // An aborted read cannot be stopped: it must not go on to write into memory that the caller uses again.
    const spare = this.#takeSpare(target.length);
    const own = spare.subarray(0, target.length);
    await untilAborted(this.#file.read(own, start), options.signal, this.name);
    target.set(own);
    this.#spare = spare;
  }

  readIntoSync(target: Uint8Array, start: number): void {
    checkRead(this, this.#file.isOpen, start, start + target.length);
    this.#readNow(target, start);
  }

  /** Whether an asynchronous verb may read `bytes` in the calling thread now. */
  mayInline(bytes: number): boolean {
    const allowed = this.#io === "adaptive" ? this.#gate.allow(bytes) : this.#mayInlineAlways();
    this.#refused = !allowed;
    return allowed;
  }

  /** Refuses new reads at once, and resolves when the file is closed; reads in flight end before. */
  close(): Promise<void> {
    return this.#file.close();
  }

  /** Refuses new reads and closes the file, now or when the last read in flight has ended. */
  closeSync(): void {
    this.#file.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #readNow(target: Uint8Array, start: number): void {
    const began = this.#gate.started();
    this.#file.readSync(target, start);
    this.#gate.note(began);
  }

  #mayInlineAlways(): boolean {
    if (this.#io === "pool") return false;
    this.#turns.note(this.#turns.now());
    return !this.#turns.due;
  }

  /** How an asynchronous read goes: in place now, in place after a turn of the event loop, or in the pool. */
  #way(bytes: number): "now" | "turn" | "pool" {
    // A caller who asked `mayInline` first has the answer: the gate counts each read once.
    const allowed = !this.#refused && this.mayInline(bytes);
    this.#refused = false;
    if (allowed) return "now";
    return this.#io === "inline" ? "turn" : "pool";
  }

  async #takeTurn(start: number, end: number, options: AbortOptions | undefined): Promise<void> {
    await this.#turns.breathe();
    checkRead(this, this.#file.isOpen, start, end, options);
  }

  #bytes(start: number, end: number): Uint8Array {
    if (end - start <= sizes.MAX_LENGTH) return new Uint8Array(end - start);
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${end - start} bytes of ${this.name} are more than one buffer holds (${sizes.MAX_LENGTH}): read them in parts`,
      { source: this.name, offset: start },
    );
  }

  #takeSpare(size: number): Uint8Array {
    const spare = this.#spare;
    this.#spare = new Uint8Array(0);
    return spare.length >= size ? spare : Buffer.allocUnsafeSlow(size);
  }
}

/** What a store tells of a file. */
export function entryStat(stat: Stats): EntryStat {
  return { size: stat.size, inode: stat.ino, modified: stat.mtimeMs };
}

function notAFile(name: string, stat: Stats): NthrecError {
  if (stat.isDirectory()) {
    return new NthrecError("NTH_INVALID_VALUE", `${name} is a folder: name a file in it`, {
      source: name,
    });
  }
  return new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${name} is a pipe, socket or device, which has no n-th byte: copy its content to a file or to memory first`,
    { source: name },
  );
}
