import { platform } from "#platform";
import { readSeal, SealState, type Slot, TAIL_BYTES } from "../journal/seal.ts";
import { close, read, type StepPlan } from "../plan/step.ts";
import { openResolved, type Resolved } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { LiveStore, StoreEntry } from "../store/byte-store.ts";
import { liveEntry } from "./place.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** Tries to see the seal and the data in one state while a writer is busy. */
const TRIES = 100;

/**
 * What the seal says about the data just opened: nothing, exactly its state, that another program added
 * bytes behind the committed end, or something that the data contradict.
 */
export type SealVerdict = "none" | "current" | "grown" | "contradicted";

/** Data opened together with the seal that described it at that moment. */
export interface OpenedData {
  readonly source: ByteSource;
  readonly seal: Slot | undefined;
  readonly verdict: SealVerdict;
}

/** Opens data and its seal so that the two belong together. */
export function* openData(resolved: Resolved, options: ReaderOptions): StepPlan<OpenedData> {
  const entry = liveEntry(resolved);
  for (let tries = 1; ; tries++) {
    const before = entry && readSeal(entry.store, entry.name);
    const source = yield* openResolved(resolved, { io: options.io, signal: options.signal });
    if (entry === undefined) return { source, seal: undefined, verdict: "none" };
    const seal = readSeal(entry.store, entry.name);
    if (before?.sequence === seal?.sequence || tries === TRIES) {
      return { source, seal, verdict: yield* judge(seal, entry, source) };
    }
    yield* close(source);
  }
}

function* judge(
  seal: Slot | undefined,
  entry: StoreEntry<LiveStore>,
  source: ByteSource,
): StepPlan<SealVerdict> {
  if (seal === undefined) return "none";
  const stat = entry.store.statSync(entry.name);
  if (stat === undefined || stat.inode !== seal.inode || source.size < seal.committed.size) {
    return "contradicted";
  }
  const same = source.size === seal.committed.size;
  if (seal.state === SealState.idle && same) {
    return stat.modified === seal.modified ? "current" : "contradicted";
  }
  if (seal.undoBase >= 0) return "current";
  // Bytes are being added, by our own writer or by another program: the committed ones must still be there.
  if ((yield* tailCrc(source, seal.committed.size)) !== seal.tailCrc) return "contradicted";
  return seal.state === SealState.idle ? "grown" : "current";
}

/** CRC-32 of the last bytes before `size`, as a slot holds it. */
export function* tailCrc(source: ByteSource, size: number): StepPlan<number> {
  return platform.crc32(yield* read(source, Math.max(0, size - TAIL_BYTES), size));
}
