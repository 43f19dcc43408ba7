import { isNthrecError, NthrecError, type OffsetTable, type ReadPlan } from "@nthrec/core";
import {
  BLOCK_BYTES,
  contentBytes,
  kindOf,
  padded,
  paxRecords,
  readHeader,
  type TarHeader,
} from "./tar-header.ts";

/** Bytes of a look: many small members are found in one; where contents are long, only headers are wanted. */
const WINDOW_BYTES = 1024 * 1024;
const SHORT_BYTES = 16 * 1024;

/**
 * Pushes where the frame of each file of an archive begins, from `start` on. A frame is a file and what stands before it
 * since the last one: what describes it, folders, links. What follows the last file belongs to its frame.
 *
 * @returns where the last whole frame ends
 */
export function* scanMembers(offsets: OffsetTable, start: number, end: number): ReadPlan<number> {
  if (start === 0 && end >= 2) refuseGzip(yield { start: 0, end: 2 });
  let frame = start;
  let at = start;
  /** Size that a pax header gives to the next member. */
  let size: number | undefined;
  let windowBytes = WINDOW_BYTES;
  while (at + BLOCK_BYTES <= end) {
    const base = at;
    const window = yield { start: base, end: Math.min(end, base + windowBytes) };
    const limit = base + window.length;
    while (at + BLOCK_BYTES <= limit) {
      const header = headerAt(window, at - base, at);
      if (header === undefined) return end;
      const kind = kindOf(header);
      const content = at + BLOCK_BYTES;
      const bytes = kind === "extension" ? header.size : (size ?? contentBytes(header));
      const next = content + padded(bytes);
      if (content + bytes > end) return frame;
      if (kind === "extension" && header.type === "x") {
        if (content + bytes > limit) {
          windowBytes = WINDOW_BYTES + 2 * BLOCK_BYTES;
          break;
        }
        size = paxRecords(window.subarray(content - base, content - base + bytes)).size;
      } else if (kind === "file") {
        offsets.push(frame);
        frame = Math.min(next, end);
      }
      if (kind !== "extension") size = undefined;
      at = next;
    }
    if (at > base) windowBytes = at > limit ? SHORT_BYTES : WINDOW_BYTES;
  }
  // Some programs write no end. Less than a block is the rest of one that was cut off.
  return at >= end ? end : frame;
}

/** Reads a header; an error names its place, and whether there is an archive at all. */
function headerAt(window: Uint8Array, place: number, offset: number): TarHeader | undefined {
  try {
    return readHeader(window, place);
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    const doubt = offset === 0 ? "; is this a tar archive?" : "";
    throw new NthrecError(error.code, `${error.message} (byte ${offset})${doubt}`, { offset });
  }
}

function refuseGzip(first: Uint8Array): void {
  if (first[0] !== 0x1f || first[1] !== 0x8b) return;
  const message = "it is compressed (GZIP): open it with the option inflate";
  throw new NthrecError("NTH_NOT_SUPPORTED", message, { offset: 0 });
}
