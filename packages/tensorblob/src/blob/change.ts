import { acquireLock, acquireLockSync, type StoreEntry } from "@nthrec/core";
import type { BlobFolder } from "../folder/blob-folder.ts";
import type { BlobConf } from "../folder/conf.ts";
import type { LiveTensorStore } from "../folder/live-tensor-store.ts";
import type { BlobStat } from "../folder/stat.ts";
import { act, type Course } from "./twofold.ts";

/** What follows a blob's name in those of the files that belong to it and lie beside it; see docs/formats. */
export const SIDECARS: readonly string[] = [".seal", ".undo", ".torn"];

/** How a change waits for other writers. */
export interface ChangeOptions {
  /** Longest wait for another writer, ms. @default 10000 */
  readonly lockTimeoutMs?: number | undefined;
}

/** Which block files {@link TensorBlob.sweep} removes. */
export interface SweepOptions extends ChangeOptions {
  /** How old they must be, ms; 0 is safe only while the original does not write. @default 0 */
  readonly minimumAgeMs?: number | undefined;
}

/** Makes another state of a blob's: in blocks that no state names, so that nothing is published by it. */
export type Stage = (folder: BlobFolder, conf: BlobConf, stat: BlobStat) => BlobStat;

/** Holds the lock of a blob's writers during a course. */
export function* underLock<T>(
  entry: StoreEntry<LiveTensorStore>,
  options: ChangeOptions,
  work: (folder: BlobFolder) => Course<T>,
): Course<T> {
  const { store, name } = entry;
  const release = yield* lockOf(entry, options);
  const folder = store.folderToChange();
  try {
    const answer = yield* work(folder);
    // The next writer looks at what is there, which for a blob costs nothing.
    store.removeSync(`${name}.seal`);
    return answer;
  } finally {
    folder.closeSync();
    release();
  }
}

/** {@link underLock} for what needs no time to wait. */
export function change<T>(
  entry: StoreEntry<LiveTensorStore>,
  options: ChangeOptions,
  work: (folder: BlobFolder) => T,
): Course<T> {
  return underLock(entry, options, function* (folder): Course<T> {
    return work(folder);
  });
}

/** Takes the lock of a blob's writers; answers what releases it. */
export function* lockOf(
  { store, name }: StoreEntry<LiveTensorStore>,
  { lockTimeoutMs: timeoutMs }: ChangeOptions,
): Course<() => void> {
  const lock = store.lock(`${name}.lock`);
  yield* act(
    () => (lock.tryAcquire() ? undefined : acquireLock(lock, { timeoutMs })),
    () => acquireLockSync(lock, { timeoutMs }),
  );
  return () => lock.release();
}

/** Publishes the state that `stage` makes of a blob's; answers it. The caller has the lock. */
export function* publishStage(folder: BlobFolder, conf: BlobConf, stage: Stage): Course<BlobStat> {
  const before = folder.stat(conf);
  const after = stage(folder, conf, before);
  if (after === before) return after;
  try {
    yield* flushBlocks(folder);
  } catch (error) {
    folder.blocks.giveUp();
    throw error;
  }
  folder.publish(after);
  folder.dropReplaced(before, after);
  return after;
}

/** Brings staged blocks to disk where a state must survive a crash of the machine. */
export function* flushBlocks(folder: BlobFolder): Course<void> {
  if (!folder.durable) return;
  yield* act(
    () => folder.blocks.flush(),
    () => folder.blocks.flushSync(),
  );
}

/** Removes a blob and what belongs to it, in whatever state it is. */
export function* unlinkBlob(
  entry: StoreEntry<LiveTensorStore>,
  options: ChangeOptions,
): Course<boolean> {
  if (!entry.store.folderToChange().present) return true;
  yield* change(entry, options, (folder) => {
    // First, because an interrupted removal is repeated only while there is something of the blob itself.
    for (const suffix of SIDECARS) entry.store.removeSync(entry.name + suffix);
    folder.unlink();
    entry.store.removeFolderSync(entry.name);
  });
  return true;
}

/** Removes blocks that no state names; answers their names. */
export function sweepBlob(
  entry: StoreEntry<LiveTensorStore>,
  options: SweepOptions,
): Course<readonly string[]> {
  return change(entry, options, (folder) => folder.sweep(options.minimumAgeMs ?? 0));
}
