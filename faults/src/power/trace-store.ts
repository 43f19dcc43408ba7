import type {
  ByteSink,
  EntryStat,
  LiveFile,
  LiveStore,
  MemoryStore,
  StoreLock,
  SyncByteSink,
  SyncByteSource,
} from "@nthrec/core";

/** Something that happened to a disk. Files are told apart by inode: names come and go. */
export type DiskEvent =
  | {
      readonly op: "write";
      readonly inode: number;
      readonly position: number;
      readonly bytes: Uint8Array;
      readonly at: number;
    }
  | { readonly op: "truncate"; readonly inode: number; readonly size: number; readonly at: number }
  | { readonly op: "flush"; readonly inode: number }
  | { readonly op: "name"; readonly name: string; readonly inode: number }
  | { readonly op: "rename"; readonly from: string; readonly to: string }
  | { readonly op: "remove"; readonly name: string }
  | { readonly op: "flush names" };

/** A store in memory that writes down what happens to it, flushes included. */
export class TraceStore implements LiveStore {
  readonly name: string;
  readonly events: DiskEvent[] = [];
  readonly #inner: MemoryStore;

  constructor(inner: MemoryStore) {
    this.name = inner.name;
    this.#inner = inner;
  }

  async open(name: string): Promise<SyncByteSource> {
    return this.openSync(name);
  }

  openSync(name: string): SyncByteSource {
    return this.#inner.openSync(name);
  }

  async create(name: string): Promise<ByteSink> {
    return this.createSync(name);
  }

  createSync(name: string): SyncByteSink {
    const file = this.editSync(name, { create: true });
    file.truncateSync(0);
    return asSink(file);
  }

  async *list(): AsyncIterable<string> {
    yield* this.listSync();
  }

  listSync(): string[] {
    return this.#inner.listSync();
  }

  async rename(from: string, to: string): Promise<void> {
    this.renameSync(from, to);
  }

  renameSync(from: string, to: string): void {
    this.#inner.renameSync(from, to);
    this.events.push({ op: "rename", from, to });
  }

  async remove(name: string): Promise<void> {
    this.removeSync(name);
  }

  removeSync(name: string): void {
    this.#inner.removeSync(name);
    this.events.push({ op: "remove", name });
  }

  statSync(name: string): EntryStat | undefined {
    return this.#inner.statSync(name);
  }

  editSync(name: string, options: { readonly create?: boolean | undefined } = {}): LiveFile {
    const isNew = this.#inner.statSync(name) === undefined;
    const file = this.#inner.editSync(name, options);
    if (isNew) this.events.push({ op: "name", name, inode: file.statSync().inode });
    return new TraceFile(file, this.events);
  }

  async flush(): Promise<void> {
    this.flushSync();
  }

  flushSync(): void {
    this.events.push({ op: "flush names" });
  }

  lock(name: string): StoreLock {
    return this.#inner.lock(name);
  }
}

class TraceFile implements LiveFile {
  readonly name: string;
  readonly #inner: LiveFile;
  readonly #events: DiskEvent[];

  constructor(inner: LiveFile, events: DiskEvent[]) {
    this.name = inner.name;
    this.#inner = inner;
    this.#events = events;
  }

  statSync(): EntryStat {
    return this.#inner.statSync();
  }

  readSync(start: number, end: number): Uint8Array {
    return this.#inner.readSync(start, end);
  }

  writeSync(position: number, bytes: Uint8Array): void {
    this.#inner.writeSync(position, bytes);
    const { inode, modified: at } = this.statSync();
    this.#events.push({ op: "write", inode, position, bytes: Uint8Array.from(bytes), at });
  }

  appendSync(bytes: Uint8Array): void {
    const position = this.statSync().size;
    this.#inner.appendSync(bytes);
    const { inode, modified: at } = this.statSync();
    this.#events.push({ op: "write", inode, position, bytes: Uint8Array.from(bytes), at });
  }

  truncateSync(size: number): void {
    this.#inner.truncateSync(size);
    const { inode, modified: at } = this.statSync();
    this.#events.push({ op: "truncate", inode, size, at });
  }

  async flush(): Promise<void> {
    this.flushSync();
  }

  flushSync(): void {
    this.#events.push({ op: "flush", inode: this.statSync().inode });
  }

  closeSync(): void {
    this.#inner.closeSync();
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }
}

function asSink(file: LiveFile): SyncByteSink {
  return {
    name: file.name,
    writeSync: (position, bytes) => file.writeSync(position, bytes),
    write: async (position, bytes) => file.writeSync(position, bytes),
    truncateSync: (size) => file.truncateSync(size),
    truncate: async (size) => file.truncateSync(size),
    flushSync: () => file.flushSync(),
    flush: async () => file.flushSync(),
    closeSync: () => file.closeSync(),
    close: async () => file.closeSync(),
    [Symbol.dispose]: () => file.closeSync(),
    [Symbol.asyncDispose]: async () => file.closeSync(),
  };
}
