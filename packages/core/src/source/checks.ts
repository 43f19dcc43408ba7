import { NthrecError, notOpen, throwIfAborted } from "../errors.ts";
import type { AbortOptions } from "../types.ts";

/** What every read checks before any I/O. */
export interface CheckedSource {
  readonly name: string;
  readonly size: number;
}

/**
 * Refuses a range that `source` cannot answer.
 *
 * @throws {@link TypeError} for a range that is none
 * @throws {@link NthrecError} `NTH_SHORT_READ` when the snapshot ends before it
 */
export function checkRange(source: CheckedSource, start: number, end: number): void {
  // NaN fails every comparison, so this one line passes exactly the sound ranges.
  if (start >= 0 && start <= end && end <= source.size && isWhole(start) && isWhole(end)) return;
  if (!isWhole(start) || !isWhole(end) || start < 0 || start > end) {
    throw new TypeError(`[${start}, ${end}) of ${source.name} is not a range of bytes`);
  }
  throw new NthrecError(
    "NTH_SHORT_READ",
    `bytes [${start}, ${end}) of ${source.name} were asked for, but it ends at byte ${source.size}`,
    { source: source.name, offset: start },
  );
}

/** The checks of one read, in the order that every source keeps: open, not aborted, in range. */
export function checkRead(
  source: CheckedSource,
  open: boolean,
  start: number,
  end: number,
  options?: AbortOptions,
): void {
  if (!open) throw notOpen(source.name);
  throwIfAborted(options?.signal, source.name);
  checkRange(source, start, end);
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value);
}
