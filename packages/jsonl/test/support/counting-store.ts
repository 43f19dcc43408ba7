import { MemoryStore, type StoreOpenOptions, type SyncByteSource } from "@nthrec/core";

/** A memory store that counts what is read from each of its entries. */
export class CountingStore extends MemoryStore {
  readonly bytes: Map<string, number> = new Map();

  override openSync(name: string, options?: StoreOpenOptions): SyncByteSource {
    return this.#count(name, super.openSync(name, options));
  }

  /** Bytes read from all entries since the last call. */
  takeBytes(): number {
    const sum = [...this.bytes.values()].reduce((a, b) => a + b, 0);
    this.bytes.clear();
    return sum;
  }

  #count(name: string, source: SyncByteSource): SyncByteSource {
    const note = (size: number): void => {
      this.bytes.set(name, (this.bytes.get(name) ?? 0) + size);
    };
    return {
      name: source.name,
      size: source.size,
      read(start, end, options) {
        note(end - start);
        return source.read(start, end, options);
      },
      readSync(start, end) {
        note(end - start);
        return source.readSync(start, end);
      },
      close: () => source.close(),
      closeSync: () => source.closeSync(),
      [Symbol.dispose]: () => source.closeSync(),
      [Symbol.asyncDispose]: () => source.close(),
    };
  }
}
