import { notOpen, throwIfAborted } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import type { SyncByteSink } from "./byte-sink.ts";
import { GrowableBytes } from "./growable-bytes.ts";

/** How a {@link MemorySink} begins and how far it may grow. */
export interface MemorySinkOptions {
  /** As error messages show it. @default "memory" */
  readonly name?: string | undefined;
  /** Content to begin with; it is copied. @default nothing */
  readonly initial?: Uint8Array | undefined;
  /** Largest size, bytes; beyond it a write fails with `NTH_IO_ERROR`, as on a full disk. @default 4294967296 (4 GiB) */
  readonly maxBytes?: number | undefined;
}

/** Writes into memory; {@link MemorySink.toBytes} gives what was written, also after closing. */
export class MemorySink implements SyncByteSink {
  readonly name: string;
  readonly #bytes: GrowableBytes;
  #open = true;

  constructor(options: MemorySinkOptions = {}) {
    this.name = options.name ?? "memory";
    this.#bytes = new GrowableBytes(options.initial, options.maxBytes);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#bytes.size;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.view().slice();
  }

  async write(position: number, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    this.#checkOpen();
    throwIfAborted(options?.signal, this.name);
    this.#bytes.write(this.name, position, bytes);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.#checkOpen();
    this.#bytes.write(this.name, position, bytes);
  }

  async truncate(size: number): Promise<void> {
    this.truncateSync(size);
  }

  truncateSync(size: number): void {
    this.#checkOpen();
    this.#bytes.truncate(this.name, size);
  }

  async flush(): Promise<void> {
    this.#checkOpen();
  }

  flushSync(): void {
    this.#checkOpen();
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

  #checkOpen(): void {
    if (!this.#open) throw notOpen(this.name);
  }
}
