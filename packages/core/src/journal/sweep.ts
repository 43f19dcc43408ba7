import { isNthrecError } from "../errors.ts";
import type { LiveStore, StoreEntry } from "../store/byte-store.ts";

/**
 * Removes the unfinished files that stopped programs left beside `entry`. Called under the lock: a reader that is
 * publishing an index meanwhile without the lock keeps its offsets in memory.
 *
 * @param infixes What stands between the name of the entry and the random part of theirs.
 */
export function sweep({ store, name }: StoreEntry<LiveStore>, ...infixes: string[]): void {
  for (const other of store.listSync()) {
    if (!infixes.some((infix) => other.startsWith(name + infix))) continue;
    try {
      store.removeSync(other);
    } catch (error) {
      // What cannot be removed costs room and nothing else.
      if (!isNthrecError(error)) throw error;
    }
  }
}
