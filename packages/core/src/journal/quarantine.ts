import type { LiveFile, LiveStore, StoreEntry } from "../store/byte-store.ts";

/** What follows the name of the data in the name of its quarantine. */
export const TORN_SUFFIX = ".torn";

const BLOCK_BYTES = 1024 * 1024;

/**
 * Moves the end of the data, from `start` on, into the quarantine: a line `#<position> <bytes>`, the bytes, and a
 * newline. The data are cut only when the copy is whole.
 */
export function quarantine(
  entry: StoreEntry<LiveStore>,
  data: LiveFile,
  start: number,
  end: number,
): void {
  const { size } = data.statSync();
  copy(entry, data, start, end);
  // What another program appends meanwhile goes along: the cut would throw it away.
  for (let at = size; ; ) {
    const now = data.statSync().size;
    if (now <= at) break;
    copy(entry, data, at, now);
    at = now;
  }
  data.truncateSync(start);
}

function copy(entry: StoreEntry<LiveStore>, data: LiveFile, start: number, end: number): void {
  const torn = entry.store.editSync(entry.name + TORN_SUFFIX, { create: true });
  try {
    const before = torn.statSync().size;
    try {
      torn.appendSync(new TextEncoder().encode(`#${start} ${end - start}\n`));
      for (let at = start; at < end; at += BLOCK_BYTES) {
        torn.appendSync(data.readSync(at, Math.min(end, at + BLOCK_BYTES)));
      }
      torn.appendSync(new Uint8Array([10]));
    } catch (error) {
      torn.truncateSync(before);
      throw error;
    }
  } finally {
    torn.closeSync();
  }
}
