import { NthrecError } from "../errors.ts";
import { type Resolved, resolveEntry } from "../resolve/resolve.ts";
import type { StoreEntry } from "../store/byte-store.ts";
import { isLiveStore, type LiveStore } from "../store/byte-store.ts";
import { isSameEntry } from "../store/same-entry.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** Suffix of the index where the usual name is taken by another program's file. */
const FALLBACK_SUFFIX = ".idv1";

/** Where the index of some data may lie. */
export interface IndexPlace {
  readonly entry: StoreEntry;
  /** Where it lies instead when `entry` is another program's file. */
  readonly fallback: StoreEntry | undefined;
}

/** Finds the place of the index; `undefined` when offsets are kept in memory only. */
export function indexPlace(
  resolved: Resolved,
  options: ReaderOptions,
  suffix: string,
): IndexPlace | undefined {
  if (options.index === "memory") return undefined;
  if (options.index === "none") throw otherWord("reader", "memory");
  if (options.index !== undefined) {
    const entry = resolveEntry(options.index, options.http);
    if (resolved.entry !== undefined) checkApart(entry, resolved.entry);
    return { entry, fallback: undefined };
  }
  if (resolved.entry === undefined) return undefined;
  const { store, name } = resolved.entry;
  const fallback = suffix === FALLBACK_SUFFIX ? undefined : { store, name: name + FALLBACK_SUFFIX };
  return { entry: { store, name: name + suffix }, fallback };
}

/** The word that means no index file in the other half of the library would be taken for the name of one. */
export function otherWord(kind: "reader" | "writer", word: string): TypeError {
  return new TypeError(`a ${kind} without an index file is opened with index: "${word}"`);
}

/** An index that takes the place of its data would destroy them. @throws {@link NthrecError} `NTH_INVALID_VALUE` */
export function checkApart(index: StoreEntry, data: StoreEntry): void {
  if (!isSameEntry(index, data)) return;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${index.name} holds the data, so that their index cannot lie there: name another place with the option "index"`,
    { source: data.name },
  );
}

/** The entry of the data if several writers can share it. */
export function liveEntry(resolved: Resolved): StoreEntry<LiveStore> | undefined {
  const entry = resolved.entry;
  return entry !== undefined && isLiveStore(entry.store)
    ? { store: entry.store, name: entry.name }
    : undefined;
}
