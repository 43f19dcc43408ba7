/** Half-open range of bytes, `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A read hook: it yields the range it wants and is resumed with exactly those bytes.
 * The bytes are valid until the next yield; what must outlive it is copied.
 */
export type ReadPlan<R> = Generator<ByteRange, R, Uint8Array>;

/** Options of everything that waits. */
export interface AbortOptions {
  /** Ends the wait with `NTH_ABORTED` (`name === "AbortError"`). */
  readonly signal?: AbortSignal | undefined;
}
