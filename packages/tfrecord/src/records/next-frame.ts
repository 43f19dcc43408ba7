import type { ReadPlan } from "@nthrec/core";
import { FRAME_BYTES, HEAD_BYTES, lengthAt } from "./frame.ts";
import { WINDOW_BYTES } from "./frame-window.ts";
import { payloadIsSound } from "./scan-frames.ts";

/**
 * The first place from `start` on where a whole record lies: a length that fits the file and its checksum, and a
 * payload that fits its own. Noise passes for a head once in 2^32 places, and for a record once in 2^64.
 */
export function* nextFrame(start: number, end: number): ReadPlan<number | undefined> {
  let at = start;
  while (end - at >= FRAME_BYTES) {
    const base = at;
    const window = yield { start: base, end: Math.min(base + WINDOW_BYTES, end) };
    const found = nextHead(window, base, end);
    at = base + found;
    if (at > base + window.length - HEAD_BYTES) continue;
    const payload = at + HEAD_BYTES;
    const length = lengthAt(window, found, false);
    if (yield* payloadIsSound({ start: payload, end: payload + length })) return at;
    at++;
  }
  return undefined;
}

/** The first place in `window`, which lies at `base`, that may be a head; else the first that was not looked at. */
function nextHead(window: Uint8Array, base: number, end: number): number {
  const last = window.length - HEAD_BYTES;
  const room = end - base - FRAME_BYTES;
  for (let at = 0; at <= last; at++) {
    // Most places are out by their length alone, which costs less than a checksum.
    if (lengthAt(window, at, false) > room - at) continue;
    if (!Number.isNaN(lengthAt(window, at, true))) return at;
  }
  return last + 1;
}
