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
  /**
   * For small reads far apart, each of which says where the next one is: core may hand it the bytes that were read, and
   * reads as many at the place that it answers, again and again, without resuming the plan. An answer below 0 ends
   * that; the plan is then resumed with the bytes that it was answered for. Core may also resume the plan, at any time,
   * with the bytes of a read that it did not hand over.
   */
  readonly next?: ((bytes: Uint8Array) => number) | undefined;
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
