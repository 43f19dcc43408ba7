import { SLAB_TAKE, Slab } from "../bytes/slab.ts";
import { viewOf } from "../bytes/view.ts";
import { isNthrecError } from "../errors.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import { PageMiss } from "../offsets/offset-table.ts";
import { withPages } from "../offsets/page-cache.ts";
import { read, type Scratch, type StepPlan } from "../plan/step.ts";
import type { SyncByteSource } from "../source/byte-source.ts";
import { readIntoSyncChecked, readSyncChecked } from "../source/checked-read.ts";
import type { ByteRange } from "../types.ts";
import { checkIndex, checkSize, frameError, located, type RecordAccess } from "./access.ts";
import type { Snapshot } from "./snapshot.ts";

/** Memory of small records, which reading would otherwise wait for longer than for their bytes. */
const slab: Slab = /* @__PURE__ */ new Slab();

/** Bytes handed to a format whose record needs none: its chunk is in memory. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Reads one record, whatever that takes: pages of the index, and offsets found anew if the index lied. */
export function readRecord<T>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  index: number,
): StepPlan<T> {
  return trusting(access, snapshot, index, (format, bytes) => format.get(bytes, index), true);
}

/** Reads the bytes of one record's frame. */
export function readBytes<T>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  index: number,
): StepPlan<Uint8Array> {
  return trusting(access, snapshot, index, (_, bytes) => bytes, false);
}

function* trusting<T, R>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  index: number,
  use: (format: FormatHooks<T>, bytes: Uint8Array) => R,
  mayLack: boolean,
): StepPlan<R> {
  try {
    return yield* readFrame(snapshot, index, use, mayLack);
  } catch (error) {
    if (!isLie(error)) throw error;
    const sound = yield* access.distrust(snapshot, index);
    if (sound === snapshot) throw error;
    checkIndex(index, sound.length, sound.format.source.name);
    return yield* readFrame(sound, index, use, mayLack);
  }
}

/** The bytes to read for a record, `undefined` for none, or `null` while offsets that tell are not in memory. */
export function locateNow<T>(snapshot: Snapshot<T>, index: number): ByteRange | undefined | null {
  const { format, pages } = snapshot;
  if (pages === undefined) return format.cached?.(index) ? undefined : format.locate(index);
  if (!pages.has(index)) return null;
  try {
    return format.cached?.(index) ? undefined : format.locate(index);
  } catch (error) {
    if (error instanceof PageMiss) return null;
    throw error;
  }
}

/** Finds where one record lies. */
export function* locateRecord<T>(
  snapshot: Snapshot<T>,
  index: number,
): StepPlan<ByteRange | undefined> {
  if (snapshot.pages !== undefined) {
    while (!snapshot.pages.has(index)) yield* snapshot.pages.load(index);
  }
  return yield* withPages(snapshot.pages, () => snapshot.format.locate(index));
}

function* readFrame<T, R>(
  snapshot: Snapshot<T>,
  index: number,
  use: (format: FormatHooks<T>, bytes: Uint8Array) => R,
  mayLack: boolean,
): StepPlan<R> {
  const { format, pages } = snapshot;
  const lacks = mayLack && (yield* withPages(pages, () => format.cached?.(index) === true));
  const range = lacks ? undefined : yield* locateRecord(snapshot, index);
  const offset = range?.start ?? format.begin;
  try {
    if (range === undefined) return yield* withPages(pages, () => use(format, NO_BYTES));
    const lead = checkFrame(format, range, index);
    const all = yield* read(format.source, range.start - lead, range.end);
    const bytes = viewOf(all, lead, all.length);
    const before = lead === 0 ? undefined : all[0];
    if (!format.frames(bytes, before)) throw frameError(format.source.name, index, offset);
    return yield* withPages(pages, () => use(format, bytes));
  } catch (error) {
    throw located(error, format.source.name, index, offset);
  }
}

/**
 * Reads one record in the calling thread when everything is at hand: offsets in memory, a source that answers at
 * once. The hot path of `getSync` and, on a fast local file, of `get`.
 */
export function readRecordNow<T>(
  format: FormatHooks<T>,
  source: SyncByteSource,
  range: ByteRange,
  index: number,
  scratch: Scratch,
): T {
  const lead = checkFrame(format, range, index);
  const start = range.start - lead;
  const size = range.end - start;
  let bytes: Uint8Array;
  if (format.borrows && size <= scratch.buffer.length && source.readIntoSync !== undefined) {
    bytes = viewOf(scratch.buffer, 0, size);
    readIntoSyncChecked(source, bytes, start);
  } else if (size <= SLAB_TAKE && source.readIntoSync !== undefined) {
    bytes = slab.take(size);
    readIntoSyncChecked(source, bytes, start);
  } else {
    bytes = readSyncChecked(source, start, range.end);
  }
  const before = lead === 0 ? undefined : bytes[0];
  if (lead !== 0) bytes = viewOf(bytes, lead, size);
  if (!format.frames(bytes, before)) throw frameError(source.name, index, range.start);
  return format.get(bytes, index);
}

/** Checks a record's range against the snapshot; answers how many bytes before it are read along. */
export function checkFrame(format: FormatHooks, range: ByteRange, index: number): number {
  const { start, end } = range;
  if (start >= end || start < format.begin || end > format.source.size) {
    throw frameError(format.source.name, index, start);
  }
  if (end - start > format.maxRecordBytes) {
    checkSize(end - start, format.maxRecordBytes, format.source.name, index, start);
  }
  return Math.min(format.lead, start - format.begin);
}

/** Whether a record must be read again: pages of the index are missing, or it may have lied. */
export function isPassing<T>(error: unknown, snapshot: Snapshot<T>): boolean {
  return error instanceof PageMiss || (isLie(error) && !snapshot.own);
}

/** Whether an error may come from an index that does not fit the data. */
export function isLie(error: unknown): boolean {
  return isNthrecError(
    error,
    "NTH_CORRUPTION",
    "NTH_INDEX_INVALID",
    "NTH_TRUNCATED",
    "NTH_SHORT_READ",
  );
}
