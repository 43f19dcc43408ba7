import type { EntryStat, LiveFile, LiveStore, StoreEntry } from "../store/byte-store.ts";

/** An open file, and the name that led to it. */
export class OpenedEntry {
  readonly file: LiveFile;
  readonly #entry: StoreEntry<LiveStore>;
  /** While a file is open nothing else gets its number: to ask once is enough. */
  readonly #inode: number;

  private constructor(entry: StoreEntry<LiveStore>, file: LiveFile, inode: number) {
    this.#entry = entry;
    this.file = file;
    this.#inode = inode;
  }

  /** Opens what `entry` leads to, creating it empty where it is missing. */
  static open(entry: StoreEntry<LiveStore>): OpenedEntry {
    const file = entry.store.editSync(entry.name, { create: true });
    try {
      return OpenedEntry.of(entry, file);
    } catch (error) {
      file.closeSync();
      throw error;
    }
  }

  /** A file that is open already, and that `entry` leads to, or will. */
  static of(entry: StoreEntry<LiveStore>, file: LiveFile): OpenedEntry {
    return new OpenedEntry(entry, file, file.statSync().inode);
  }

  /** What the name leads to now; `undefined` when that is not this file. */
  byName(): EntryStat | undefined {
    const { store, name } = this.#entry;
    const stat = store.statSync(name);
    return stat?.inode === this.#inode ? stat : undefined;
  }
}
