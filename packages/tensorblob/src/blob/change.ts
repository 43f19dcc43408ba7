import { acquireLock, acquireLockSync, type StoreEntry } from "@nthrec/core";
import type { BlobFolder } from "../folder/blob-folder.ts";
import type { LiveTensorStore } from "../folder/live-tensor-store.ts";
import { act, type Course } from "./twofold.ts";

/** What belongs to a blob and lies beside it; documented in docs/formats. */
const SIDECARS = [".seal", ".undo", ".torn"];

/** How a change waits for other writers. */
export interface ChangeOptions {
  /** Longest wait for another writer, ms. @default 10000 */
  readonly lockTimeoutMs?: number | undefined;
  /** Whether the caller has the lock already. @default false */
  readonly locked?: boolean | undefined;
}

/**
 * Changes a blob in ways that appending does not know: under the lock of all its writers. The seal goes, so that the
 * next writer looks at what is there, which for a blob costs nothing.
 */
export function* change<T>(
  entry: StoreEntry<LiveTensorStore>,
  options: ChangeOptions,
  work: (folder: BlobFolder) => T,
): Course<T> {
  const { store, name } = entry;
  const lock = store.lock(`${name}.lock`);
  if (options.locked !== true) {
    const timeoutMs = options.lockTimeoutMs;
    yield* act(
      () => acquireLock(lock, { timeoutMs }),
      () => acquireLockSync(lock, { timeoutMs }),
    );
  }
  const folder = store.folderToChange();
  try {
    const answer = work(folder);
    store.removeSync(`${name}.seal`);
    return answer;
  } finally {
    folder.closeSync();
    if (options.locked !== true) lock.release();
  }
}

/** Removes a blob and what belongs to it, in whatever state it is. */
export function* unlinkBlob(
  entry: StoreEntry<LiveTensorStore>,
  options: ChangeOptions,
): Course<boolean> {
  yield* change(entry, options, (folder) => {
    // First, because an interrupted removal is repeated only while there is something of the blob itself.
    for (const suffix of SIDECARS) entry.store.removeSync(entry.name + suffix);
    folder.unlink();
    entry.store.removeFolderSync(entry.name);
  });
  return true;
}
