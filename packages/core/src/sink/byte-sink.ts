import type { AbortOptions } from "../types.ts";

/** Positional bytes out. */
export interface ByteSink extends AsyncDisposable {
  /** Path, URL or label, as error messages show it. */
  readonly name: string;
  /** Writes all of `bytes` at `position`, growing the file when it must. */
  write(position: number, bytes: Uint8Array, options?: AbortOptions): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Makes everything written so far survive a crash of the machine. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A sink that can also finish before it returns. */
export interface SyncByteSink extends ByteSink, Disposable {
  writeSync(position: number, bytes: Uint8Array): void;
  truncateSync(size: number): void;
  flushSync(): void;
  closeSync(): void;
}

/** Whether `sink` can finish before it returns. */
export function isSyncSink(sink: ByteSink): sink is SyncByteSink {
  return typeof (sink as Partial<SyncByteSink>).writeSync === "function";
}
