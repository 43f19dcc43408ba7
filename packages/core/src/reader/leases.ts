import { type ByteSource, isSyncSource } from "../source/byte-source.ts";

/** Keeps what an earlier snapshot reads from open for as long as a verb or an iterator still uses it. */
export class Leases {
  readonly #users = new Map<ByteSource, number>();
  /** What to close when the last user of a snapshot's source is gone. */
  readonly #retired = new Map<ByteSource, ByteSource[]>();

  /** Counts one more user of `source`; the answer ends the use, once. */
  take(source: ByteSource): () => void {
    this.#users.set(source, (this.#users.get(source) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#users.set(source, (this.#users.get(source) ?? 1) - 1);
      this.#sweep(source);
    };
  }

  /** Closes `resources` as soon as nobody uses `source`. */
  retire(source: ByteSource, resources: readonly ByteSource[]): void {
    this.#retired.set(source, [...(this.#retired.get(source) ?? []), ...resources]);
    this.#sweep(source);
  }

  /** What is retired and still in use; whoever closes the reader closes it. */
  drain(): ByteSource[] {
    const rest = [...this.#retired.values()].flat();
    this.#retired.clear();
    this.#users.clear();
    return rest;
  }

  #sweep(source: ByteSource): void {
    if ((this.#users.get(source) ?? 0) > 0) return;
    this.#users.delete(source);
    const resources = this.#retired.get(source) ?? [];
    this.#retired.delete(source);
    for (const resource of resources) {
      // Nobody waits for this close, so that nobody can be told: a source that cannot be closed must end no verb, nor the process.
      closeSoon(resource).catch(() => undefined);
    }
  }
}

/** Closes at once what can be closed at once; answers whatever happens by its promise. */
async function closeSoon(resource: ByteSource): Promise<void> {
  if (isSyncSource(resource)) resource.closeSync();
  else await resource.close();
}
