import { isNthrecError } from "../errors.ts";
import type { LiveStore, StoreEntry } from "../store/byte-store.ts";
import { readSeal, SEAL_SUFFIX, type Slot } from "./seal.ts";

/** What follows the name of the data in the name of its lock. */
export const LOCK_SUFFIX = ".lock";

/** A reader's permission to publish an index. */
export interface PublishGuard {
  /** Whether the state that the index was built for is still the one on disk. */
  holds(): boolean;
  release(): void;
}

/**
 * Lets a reader publish an index where nobody writes: there is no seal, or its writers are all at rest.
 * Otherwise `undefined`: the writer keeps the index itself.
 */
export function publishGuard(
  data: StoreEntry<LiveStore> | undefined,
  seal: Slot | undefined,
): PublishGuard | undefined {
  if (data === undefined) return { holds: () => true, release: () => {} };
  const { store, name } = data;
  if (store.statSync(name + SEAL_SUFFIX) === undefined) {
    return { holds: () => store.statSync(name + SEAL_SUFFIX) === undefined, release: () => {} };
  }
  const lock = store.lock(name + LOCK_SUFFIX);
  try {
    if (!lock.tryAcquire()) return undefined;
  } catch (error) {
    if (isNthrecError(error)) return undefined;
    throw error;
  }
  let same = false;
  try {
    same = readSeal(store, name).slot?.sequence === seal?.sequence;
  } finally {
    if (!same) lock.release();
  }
  return same ? { holds: () => true, release: () => lock.release() } : undefined;
}
