import { readVarint } from "@nthrec/core";
import type { Blindness } from "@nthrec/core/testkit";

/**
 * Blobs have no checksum. Damage to a payload changes that blob; damage to a length moves the borders of all
 * records behind it.
 */
export function unchecked(offset: number, file: Uint8Array): Blindness {
  for (let at = 0; at < file.length; ) {
    const head = readVarint(file, at);
    if (head === undefined) break;
    if (offset < at + head.width) return "rest";
    at += head.width + head.value;
    if (offset < at) return "record";
  }
  return false;
}
