/** Half-open range of bytes, `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a read hook asks for. */
export interface ReadRequest extends ByteRange {
  /**
   * Memory of the plan's own that the bytes should be read to, at least as long as they are. Where the source can only
   * answer with memory of its own, the plan is resumed with that.
   */
  readonly into?: Uint8Array | undefined;
}

/**
 * A read hook: it yields the range it wants and is resumed with exactly those bytes.
 * The bytes are valid until the next yield; what must outlive it is copied.
 */
export type ReadPlan<R> = Generator<ReadRequest, R, Uint8Array>;

/** Options of everything that waits. */
export interface AbortOptions {
  /** Ends the wait with `NTH_ABORTED` (`name === "AbortError"`). */
  readonly signal?: AbortSignal | undefined;
}
