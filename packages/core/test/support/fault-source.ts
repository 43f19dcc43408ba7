import type { ByteSource, SyncByteSource } from "../../src/source/byte-source.ts";
import type { AbortOptions } from "../../src/types.ts";

/** What goes wrong. Reads are counted from 1, over all verbs. */
export interface Faults {
  /** Milliseconds that every asynchronous read takes. */
  readonly delayMs?: number;
  /** Called first in each read; throws to make it fail. */
  readonly before?: (read: number) => void;
  /** Bytes by which a read breaks its promise never to be short. */
  readonly missing?: (read: number) => number;
  /** Throws to make `close` fail. */
  readonly onClose?: () => void;
}

/** Another source, slow, failing or short as told, with a record of how it was used. */
export class FaultSource implements SyncByteSource {
  readonly name: string;
  readonly size: number;
  /** Every range that was read, in order. */
  readonly reads: (readonly [start: number, end: number])[] = [];
  closed = 0;
  readonly #source: SyncByteSource;
  readonly #faults: Faults;

  constructor(source: SyncByteSource, faults: Faults = {}) {
    this.name = source.name;
    this.size = source.size;
    this.#source = source;
    this.#faults = faults;
  }

  async read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array> {
    const stop = this.#begin(start, end);
    const { delayMs } = this.#faults;
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return this.#source.read(start, stop, options);
  }

  readSync(start: number, end: number): Uint8Array {
    return this.#source.readSync(start, this.#begin(start, end));
  }

  async close(): Promise<void> {
    this.closeSync();
  }

  closeSync(): void {
    this.closed++;
    this.#faults.onClose?.();
    this.#source.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #begin(start: number, end: number): number {
    this.reads.push([start, end]);
    this.#faults.before?.(this.reads.length);
    return Math.max(start, end - (this.#faults.missing?.(this.reads.length) ?? 0));
  }
}

/** The same source without its synchronous verbs and without `readInto`: what a URL offers at the least. */
export function asyncOnly(source: ByteSource): ByteSource {
  return {
    name: source.name,
    size: source.size,
    read: (start, end, options) => source.read(start, end, options),
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
