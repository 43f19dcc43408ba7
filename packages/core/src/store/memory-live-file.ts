import { notOpen, throwIfAborted } from "../errors.ts";
import type { SyncByteSink } from "../sink/byte-sink.ts";
import { checkRange } from "../source/checks.ts";
import type { AbortOptions } from "../types.ts";
import type { EntryStat, LiveFile } from "./byte-store.ts";
import type { MemoryFile } from "./memory-file.ts";

/** An open entry of a memory store: a live file, and the sink that `create` returns. */
export class MemoryLiveFile implements LiveFile, SyncByteSink {
  readonly name: string;
  readonly #file: MemoryFile;
  #open = true;

  constructor(name: string, file: MemoryFile) {
    this.name = name;
    this.#file = file;
  }

  statSync(): EntryStat {
    return this.#opened().stat();
  }

  readSync(start: number, end: number): Uint8Array {
    const file = this.#opened();
    checkRange({ name: this.name, size: file.size }, start, end);
    return file.view(this.name, start, end).slice();
  }

  async write(position: number, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    const file = this.#opened();
    throwIfAborted(options?.signal, this.name);
    file.write(this.name, position, bytes);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.#opened().write(this.name, position, bytes);
  }

  appendSync(bytes: Uint8Array): void {
    const file = this.#opened();
    file.write(this.name, file.size, bytes);
  }

  async truncate(size: number): Promise<void> {
    this.truncateSync(size);
  }

  truncateSync(size: number): void {
    this.#opened().truncate(this.name, size);
  }

  async flush(): Promise<void> {
    this.#opened();
  }

  flushSync(): void {
    this.#opened();
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  closeSync(): void {
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.#open = false;
  }

  #opened(): MemoryFile {
    if (!this.#open) throw notOpen(this.name);
    return this.#file;
  }
}
