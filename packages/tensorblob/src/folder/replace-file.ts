import type { LiveStore } from "@nthrec/core";
import { uuid } from "./stat.ts";

/** What stands between the name of a small file and the random part of one that takes its place. */
export const TEMP_INFIX = ".new-";

/** Puts a small file in the place of another one, by a rename: whoever reads it sees one of both, whole. */
export function replaceFileSync(
  store: LiveStore,
  name: string,
  bytes: Uint8Array,
  durable: boolean,
): void {
  const temp = name + TEMP_INFIX + uuid();
  try {
    const file = store.editSync(temp, { create: true });
    try {
      file.writeSync(0, bytes);
      if (durable) file.flushSync();
    } finally {
      file.closeSync();
    }
    store.renameSync(temp, name);
  } catch (error) {
    removeQuietly(store, temp);
    throw error;
  }
  if (durable) store.flushSync?.();
}

/** Tidies up after a failure, which is what the caller must hear of; what stays is swept later. */
export function removeQuietly(store: LiveStore, name: string): void {
  try {
    store.removeSync(name);
  } catch {
    // The failure that led here says more.
  }
}
