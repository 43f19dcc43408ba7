import type { AbortOptions } from "../types.ts";

/** Random-access bytes of fixed size: a snapshot, not a live file. Any number of reads may be in flight. */
export interface ByteSource extends AsyncDisposable {
  /** Path, URL or label, as error messages show it. */
  readonly name: string;
  /** Bytes in the snapshot. */
  readonly size: number;
  /**
   * Reads `[start, end)`. The bytes belong to the caller and are never fewer than asked for.
   *
   * @throws {@link NthrecError} `NTH_SHORT_READ`, `NTH_SOURCE_CHANGED`, `NTH_IO_ERROR`, `NTH_NOT_OPEN`, `NTH_ABORTED`
   */
  read(start: number, end: number, options?: AbortOptions): Promise<Uint8Array>;
  /** Optional: fills `target` from `start` on, so that a scan can reuse one buffer. */
  readInto?(target: Uint8Array, start: number, options?: AbortOptions): Promise<void>;
  /**
   * Optional: a new snapshot of the same data, which may have grown since.
   *
   * @throws {@link NthrecError} `NTH_SOURCE_CHANGED` when what was there before is no longer the same
   */
  reopen?(options?: AbortOptions): Promise<ByteSource>;
  close(): Promise<void>;
}

/** A source that can also answer before it returns: memory, a local file. */
export interface SyncByteSource extends ByteSource, Disposable {
  readSync(start: number, end: number): Uint8Array;
  /** Optional twin of `readInto`. */
  readIntoSync?(target: Uint8Array, start: number): void;
  /**
   * Whether an asynchronous verb may read `bytes` in the calling thread now; absent means yes.
   * A local file says no while it proved slow, for large reads, and when the event loop needs a turn.
   */
  readonly mayInline?: (bytes: number) => boolean;
  closeSync(): void;
}

/** Whether `source` can answer before it returns. */
export function isSyncSource(source: ByteSource): source is SyncByteSource {
  return typeof (source as Partial<SyncByteSource>).readSync === "function";
}
