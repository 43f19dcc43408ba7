import {
  type AbortOptions,
  type ByteSource,
  NthrecError,
  type SyncByteSource,
} from "../../index.ts";

/** What goes wrong with a source. Reads are counted from 1. */
export interface SourceFaults {
  /** Throws to make a read fail. */
  readonly before?: ((read: number, start: number, end: number) => void) | undefined;
  /** Bytes that a read holds back: a source that breaks its promise never to be short. */
  readonly missing?: ((read: number) => number) | undefined;
  /** Milliseconds that an asynchronous read takes; reads overtake each other. */
  readonly delay?: ((read: number) => number) | undefined;
}

/** Bytes in memory behind a source that counts its reads and goes wrong as told. */
export class FaultSource implements SyncByteSource {
  readonly name: string;
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #faults: SourceFaults;
  #reads = 0;
  #bytesRead = 0;
  #closed = 0;

  constructor(bytes: Uint8Array, faults: SourceFaults = {}, name = "fault-source") {
    this.name = name;
    this.size = bytes.length;
    this.#bytes = bytes;
    this.#faults = faults;
  }

  /** Reads begun so far. */
  get reads(): number {
    return this.#reads;
  }

  /** Bytes asked for so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Times that it was closed. */
  get closed(): number {
    return this.#closed;
  }

  readSync(start: number, end: number): Uint8Array {
    const read = this.#begin(start, end);
    return this.#answer(read, start, end);
  }

  async read(start: number, end: number, options: AbortOptions = {}): Promise<Uint8Array> {
    const read = this.#begin(start, end);
    await wait(this.#faults.delay?.(read) ?? 0, options.signal);
    return this.#answer(read, start, end);
  }

  async close(): Promise<void> {
    this.closeSync();
  }

  closeSync(): void {
    this.#closed++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  #begin(start: number, end: number): number {
    this.#bytesRead += end - start;
    return ++this.#reads;
  }

  #answer(read: number, start: number, end: number): Uint8Array {
    this.#faults.before?.(read, start, end);
    return this.#bytes.slice(start, Math.max(start, end - (this.#faults.missing?.(read) ?? 0)));
  }
}

function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (milliseconds === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new NthrecError("NTH_ABORTED", "the read was aborted", { cause: signal.reason }));
    });
  });
}

/** The same source without its synchronous verbs: what a Blob or a URL offers. */
export function asyncOnly(source: ByteSource): ByteSource {
  return {
    name: source.name,
    size: source.size,
    read: (start, end, options) => source.read(start, end, options),
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
