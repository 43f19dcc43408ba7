/** Who waits for changes of a name. */
interface Watch {
  readonly changed: () => void;
  /** Whether it will be called soon: what happens until then is one change. */
  due: boolean;
}

/** The watches of a memory store. */
export class MemoryWatches {
  readonly #watches = new Map<string, Set<Watch>>();

  /** The names that somebody watches. */
  names(): Iterable<string> {
    return this.#watches.keys();
  }

  add(name: string, changed: () => void): () => void {
    const watch: Watch = { changed, due: false };
    const all = this.#watches.get(name) ?? new Set();
    this.#watches.set(name, all.add(watch));
    return () => {
      if (all.delete(watch) && all.size === 0) this.#watches.delete(name);
    };
  }

  /** Calls those who watch `name` once the code that runs now is done: never in the middle of a change. */
  tell(name: string): void {
    const all = this.#watches.get(name);
    for (const watch of all ?? []) {
      if (watch.due) continue;
      watch.due = true;
      queueMicrotask(() => {
        watch.due = false;
        if (all?.has(watch)) watch.changed();
      });
    }
  }
}
