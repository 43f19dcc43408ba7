import { isLiveStore, type StoreEntry } from "./byte-store.ts";
import { privateStores } from "./private-stores.ts";

/** Whether two entries are one file, whatever it is called: also through a link. Nothing is opened. */
export function isSameEntry(one: StoreEntry, other: StoreEntry): boolean {
  const [a, b] = [one.store, other.store];
  if (a === b && one.name === other.name) return true;
  // What lies in memory has no second name, and nothing else is there.
  if (a.constructor !== b.constructor || privateStores.has(a)) return false;
  if (a.name === b.name && one.name === other.name) return true;
  if (!isLiveStore(a) || !isLiveStore(b)) return false;
  const [first, second] = [a.statSync(one.name), b.statSync(other.name)];
  if (first === undefined || second === undefined) return false;
  // Each disk numbers its files anew.
  return (
    first.inode === second.inode && first.size === second.size && first.modified === second.modified
  );
}
