import { platform } from "#platform";
import type { Patch } from "../bytes/byte-writer.ts";
import { readSeal, type SealReading, SealState, type Slot, TAIL_BYTES } from "../journal/seal.ts";
import { readUndo } from "../journal/undo.ts";
import { batchRanges } from "../journal/write-set.ts";
import { close, read, type StepPlan } from "../plan/step.ts";
import { openResolved, type Resolved } from "../resolve/resolve.ts";
import { type ByteSource, isSyncSource } from "../source/byte-source.ts";
import { OverlaySource } from "../source/overlay-source.ts";
import type { EntryStat, LiveStore, StoreEntry } from "../store/byte-store.ts";
import { liveEntry } from "./place.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** Tries to see the seal and the data in one state while a writer is busy. */
const TRIES = 100;
const BLOCK_BYTES = 1024 * 1024;

/**
 * What the seal says about the data just opened: nothing; exactly its state; that another program added bytes behind
 * the committed end; that a batch is whole whose last slot is damaged; or something that the data contradict.
 */
export type SealVerdict = "none" | "current" | "grown" | "completed" | "contradicted";

/** Data opened together with the seal that described it at that moment. */
export interface OpenedData {
  readonly source: ByteSource;
  readonly seal: Slot | undefined;
  readonly verdict: SealVerdict;
  /** Where the bytes end that count. */
  readonly end: number;
  /**
   * Whether a writer was in the middle of a commit: then what another program appended just before it does not count
   * until the commit is over, even if somebody has seen it already.
   */
  readonly busy: boolean;
  /** Whether a writer went on since: what is outside of the records may be of another commit by now. */
  moved(): boolean;
}

/** Opens data and its seal so that the two belong together. */
export function* openData(resolved: Resolved, options: ReaderOptions): StepPlan<OpenedData> {
  const entry = liveEntry(resolved);
  if (entry === undefined) {
    const source = yield* openResolved(resolved, { io: options.io, signal: options.signal });
    return {
      source,
      seal: undefined,
      verdict: "none",
      end: source.size,
      busy: false,
      moved: () => false,
    };
  }
  const sequence = (): number | undefined => readSeal(entry.store, entry.name).slot?.sequence;
  for (let tries = 1; ; tries++) {
    const before = readSeal(entry.store, entry.name);
    // In the calling thread, as the seal is read: a trip to the thread pool takes longer than some commits.
    const source = resolved.source ?? entry.store.openSync(entry.name, { io: options.io });
    // Read before the seal is looked at again: the next batch writes its own into the same file.
    const images = imagesOf(before.slot, entry);
    try {
      // Only a seal can be contradicted by it, and a store may have to read for the answer.
      const stat = before.slot && entry.store.statSync(entry.name);
      const after = readSeal(entry.store, entry.name);
      if (before.slot?.sequence === after.slot?.sequence || tries === TRIES) {
        // Of two that differ the older one names bytes that were there when the data were opened.
        const restored =
          images !== undefined && isSyncSource(source) ? new OverlaySource(source, images) : source;
        const verdict = yield* judge(before, entry, stat, { source, restored });
        const end = endOf(before.slot, verdict, source);
        const moved = (): boolean => sequence() !== before.slot?.sequence;
        const busy = verdict === "current" && before.slot?.state !== SealState.idle;
        const whole = verdict === "current" ? restored : source;
        return { source: whole, seal: before.slot, verdict, end, busy, moved };
      }
    } catch (error) {
      yield* close(source);
      throw error;
    }
    yield* close(source);
  }
}

function endOf(seal: Slot | undefined, verdict: SealVerdict, source: ByteSource): number {
  if (seal === undefined) return source.size;
  if (verdict === "completed") return seal.next.size;
  if (verdict !== "current") return source.size;
  return seal.committed.size;
}

/** What the batch under way overwrites, as it was before; `undefined` when it overwrites nothing, or has not begun to. */
function imagesOf(slot: Slot | undefined, entry: StoreEntry<LiveStore>): Patch[] | undefined {
  if (slot === undefined || slot.undoBase < 0) return undefined;
  return readUndo(entry, slot.sequence);
}

/** The data as they are, and as they were before the batch under way. */
interface Data {
  readonly source: ByteSource;
  readonly restored: ByteSource;
}

function* judge(
  { slot, damaged }: SealReading,
  entry: StoreEntry<LiveStore>,
  stat: EntryStat | undefined,
  { source, restored }: Data,
): StepPlan<SealVerdict> {
  if (slot === undefined) return "none";
  if (damaged && (yield* isWhole(slot, entry, source))) return "completed";
  if (stat?.inode !== slot.inode || restored.size < slot.committed.size) return "contradicted";
  const same = source.size === slot.committed.size;
  if (slot.state === SealState.idle && same) {
    return stat.modified === slot.modified ? "current" : "contradicted";
  }
  if (slot.undoBase >= 0) return "current";
  // Bytes are being added, by our own writer or by another program: the committed ones must still be there.
  if ((yield* tailCrc(source, slot.committed.size)) !== slot.tailCrc) return "contradicted";
  return slot.state === SealState.idle ? "grown" : "current";
}

/** Whether the batch that a slot announces is all there: then a newer slot may have said so, and be damaged. */
function* isWhole(slot: Slot, entry: StoreEntry<LiveStore>, source: ByteSource): StepPlan<boolean> {
  if (slot.state !== SealState.intent || source.size < slot.next.size) return false;
  const images = slot.undoBase < 0 ? [] : readUndo(entry, slot.sequence);
  if (images === undefined) return false;
  let crc = 0;
  for (const { start, end } of batchRanges(slot.committed, slot.next, images)) {
    for (let at = start; at < end; at += BLOCK_BYTES) {
      crc = platform.crc32(yield* read(source, at, Math.min(end, at + BLOCK_BYTES)), crc);
    }
  }
  return crc === slot.batchCrc;
}

/** CRC-32 of the last bytes before `size`, as a slot holds it. */
export function* tailCrc(source: ByteSource, size: number): StepPlan<number> {
  return platform.crc32(yield* read(source, Math.max(0, size - TAIL_BYTES), size));
}
