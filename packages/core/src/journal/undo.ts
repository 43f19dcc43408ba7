import { platform } from "#platform";
import type { Patch } from "../bytes/byte-writer.ts";
import { readU32, readU64, writeU32, writeU64 } from "../bytes/le.ts";
import { isNthrecError } from "../errors.ts";
import type { LiveFile, LiveStore, StoreEntry } from "../store/byte-store.ts";

/** What follows the name of the data in the name of its undo file. */
export const UNDO_SUFFIX = ".undo";

const HEAD_BYTES = 16;
const ENTRY_BYTES = 16;

/** What a batch overwrites: the bytes as they were before it. */
export function preImage(
  data: LiveFile,
  ranges: readonly { start: number; end: number }[],
): Patch[] {
  return ranges.map(({ start, end }) => ({ position: start, bytes: data.readSync(start, end) }));
}

/** Writes the undo file of a batch: sequence number, count, CRC-32 of the rest; then position, length, bytes each. */
export function writeUndo(
  entry: StoreEntry<LiveStore>,
  sequence: number,
  images: readonly Patch[],
): LiveFile {
  const size = images.reduce((sum, { bytes }) => sum + ENTRY_BYTES + bytes.length, HEAD_BYTES);
  const all = new Uint8Array(size);
  let at = HEAD_BYTES;
  for (const { position, bytes } of images) {
    writeU64(all, at, position);
    writeU64(all, at + 8, bytes.length);
    all.set(bytes, at + ENTRY_BYTES);
    at += ENTRY_BYTES + bytes.length;
  }
  writeU64(all, 0, sequence);
  writeU32(all, 8, images.length);
  writeU32(all, 12, platform.crc32(all.subarray(HEAD_BYTES)));
  const file = entry.store.editSync(entry.name + UNDO_SUFFIX, { create: true });
  try {
    file.truncateSync(0);
    file.writeSync(0, all);
    return file;
  } catch (error) {
    file.closeSync();
    throw error;
  }
}

/** Reads the undo file of the batch with this sequence number; `undefined` when it is not whole. */
export function readUndo(entry: StoreEntry<LiveStore>, sequence: number): Patch[] | undefined {
  const name = entry.name + UNDO_SUFFIX;
  if (entry.store.statSync(name) === undefined) return undefined;
  const source = entry.store.openSync(name);
  try {
    return decode(source.readSync(0, source.size), sequence);
  } catch (error) {
    // A reader holds no lock: the next batch cuts the file before it writes its own into it.
    if (isNthrecError(error, "NTH_SHORT_READ")) return undefined;
    throw error;
  } finally {
    source.closeSync();
  }
}

function decode(all: Uint8Array, sequence: number): Patch[] | undefined {
  if (all.length < HEAD_BYTES || readU64(all, 0) !== sequence) return undefined;
  if (platform.crc32(all.subarray(HEAD_BYTES)) !== readU32(all, 12)) return undefined;
  const images: Patch[] = [];
  let at = HEAD_BYTES;
  for (let i = readU32(all, 8); i > 0; i--) {
    const length = readU64(all, at + 8);
    images.push({
      position: readU64(all, at),
      bytes: all.slice(at + ENTRY_BYTES, at + ENTRY_BYTES + length),
    });
    at += ENTRY_BYTES + length;
  }
  return images;
}
