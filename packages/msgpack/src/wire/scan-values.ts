import type { ByteRange, OffsetTable, ReadPlan } from "@nthrec/core";
import { ValueWalk } from "./value-walk.ts";

/** Bytes that a scan looks at in one piece. */
const WINDOW_BYTES = 1024 * 1024;

/**
 * Pushes the offset of every value of `range` that is whole, hopping over payloads that reach beyond a window.
 *
 * @param damaged Told of a byte that begins no value; throws, or lets the scan end there.
 * @returns Where the last whole value ends.
 */
export function* scanValues(
  offsets: OffsetTable,
  { start, end }: ByteRange,
  damaged: (at: number) => void,
): ReadPlan<number> {
  const walk = new ValueWalk();
  let begin = start;
  let at = start;
  while (at < end) {
    const base = at;
    const window = yield { start: base, end: Math.min(base + WINDOW_BYTES, end) };
    const { length } = window;
    let inside = 0;
    while (inside < length) {
      const next = walk.run(window, inside);
      if (walk.pending > 0) {
        if (walk.invalid) {
          damaged(base + next);
          return begin;
        }
        inside = next;
        break;
      }
      if (base + next > end) return begin;
      offsets.push(begin);
      begin = base + next;
      inside = next;
      walk.pending = 1;
    }
    // Every value takes a byte: what promises more of them than there are bytes can only be cut.
    if (inside === 0 || walk.pending > end - base - inside) return begin;
    at = base + inside;
  }
  return begin;
}
