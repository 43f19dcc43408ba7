import type { ByteRange, OffsetTable, ReadPlan } from "@nthrec/core";
import { crc32c } from "../crc32c/crc32c.ts";
import { mask, maskedCrc } from "../crc32c/masked-crc.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "./frame.ts";
import { WINDOW_BYTES } from "./frame-window.ts";

/** Where heads lie further apart than this, reading only them is faster than reading what is between them. */
const FAR_BYTES = 16 * 1024;
/** Why no record begins, or none ends, where the scan came to. */
export type Damage = "length" | "beyond" | "payload";

/** What a scan needs to know. */
export interface FrameScan {
  /** Where records stop, bytes. */
  readonly end: number;
  /** Whether heads are checked. */
  readonly heads: boolean;
  /** Whether a small read costs little, as it does on a local file. */
  readonly hops: boolean;
  /**
   * Hears of damage that is no torn tail; throws, or lets the scan end there. Behind a damaged payload the next record
   * begins at `next`.
   */
  damaged(at: number, damage: Damage, head: Uint8Array, next?: number): void;
}

/** Pushes the offset of every record from `start` on, looking at heads only; answers where the last one ends. */
export function* scanHeads(offsets: OffsetTable, start: number, scan: FrameScan): ReadPlan<number> {
  const { end, heads } = scan;
  const into = new Uint8Array(HEAD_BYTES);
  let at = start;
  let far = false;
  // From head to head, as long as nothing needs a closer look.
  const next = (head: Uint8Array): number => {
    const length = lengthAt(head, 0, heads);
    const after = at + FRAME_BYTES + length;
    if (!(length > FAR_BYTES && after + HEAD_BYTES <= end)) return -1;
    offsets.push(at);
    at = after;
    return at;
  };
  while (end - at >= HEAD_BYTES) {
    const window = yield far
      ? { start: at, end: at + HEAD_BYTES, into, next }
      : { start: at, end: Math.min(at + WINDOW_BYTES, end) };
    const base = at;
    const records = offsets.length;
    const last = base + window.length - HEAD_BYTES;
    while (at <= last) {
      const length = lengthAt(window, at - base, heads);
      const after = at + FRAME_BYTES + length;
      if (!(after <= end)) return refused(scan, at, length, window.subarray(at - base));
      offsets.push(at);
      at = after;
    }
    far = scan.hops && at - base > FAR_BYTES * (offsets.length - records);
  }
  return at;
}

/** Whether the payload of the frame at `at`, all of which is in `bytes`, has the checksum behind it. */
export function isPayloadSound(bytes: Uint8Array, at: number, length: number): boolean {
  const begin = at + HEAD_BYTES;
  return maskedCrc(bytes.subarray(begin, begin + length)) === u32At(bytes, begin + length);
}

/** The same, window by window, for the payload at `range`. */
export function* payloadIsSound({ start, end }: ByteRange): ReadPlan<boolean> {
  let crc = 0;
  for (let at = start; at < end; at += WINDOW_BYTES) {
    crc = crc32c(yield { start: at, end: Math.min(at + WINDOW_BYTES, end) }, crc);
  }
  return u32At(yield { start: end, end: end + 4 }, 0) === mask(crc);
}

/** A length that does not fit, or a head that is none; what the end of the file cuts is torn, and core's affair. */
export function refused(scan: FrameScan, at: number, length: number, head: Uint8Array): number {
  if (Number.isNaN(length)) scan.damaged(at, "length", head);
  else if (!Number.isSafeInteger(length)) scan.damaged(at, "beyond", head);
  return at;
}
