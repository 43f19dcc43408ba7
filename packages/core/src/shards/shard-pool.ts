import { NthrecError } from "../errors.ts";

/** What the pool must know to open and close the readers of a set. */
export interface PoolHost<R> {
  readonly name: string;
  /** Most readers open at once, those of `resident` shards not counted. */
  readonly maxOpen: number;
  open(shard: number): Promise<R>;
  openSync(shard: number): R;
  close(reader: R): Promise<void>;
  closeSync(reader: R): void;
  /** Whether a reader can be closed and opened at once. */
  isSync(reader: R): boolean;
  /** Whether the shard takes no file handle and would be costly to open again. */
  isResident(shard: number): boolean;
}

/** A reader of the pool, and who uses it. */
export interface PoolEntry<R> {
  readonly shard: number;
  /** `undefined` while it is being opened. */
  reader: R | undefined;
  /** Ends when the reader is open, or could not be opened. */
  readonly opened: Promise<R>;
  /** Uses that are under way. */
  busy: number;
  /** When it was used last, by the pool's own clock. */
  used: number;
  /** Ends a use; made once, for every read needs it. */
  readonly release: () => void;
  /** Uses that may ask for other shards meanwhile, so that nobody must wait for them. */
  pinned: number;
  /** A verb that does not wait met one that does: this reader is for one use and closes with it. */
  readonly passing: boolean;
}

/** The open readers of a set: opened when needed, closed by age when there are too many. */
export class ShardPool<R> {
  readonly #host: PoolHost<R>;
  readonly #entries = new Map<number, PoolEntry<R>>();
  /** Who waits until a reader is free. */
  readonly #waiting: (() => void)[] = [];
  /** Readers that are being closed: their files are open until they are. */
  #closing = 0;
  #clock = 0;
  #closed = false;

  constructor(host: PoolHost<R>) {
    this.#host = host;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Readers open, or on their way. */
  get size(): number {
    return this.#entries.size;
  }

  /** @throws {@link NthrecError} `NTH_NOT_OPEN` */
  check(): void {
    if (!this.#closed) return;
    const { name } = this.#host;
    throw new NthrecError("NTH_NOT_OPEN", `${name} is closed`, { source: name });
  }

  /** The entry of a shard whose reader is open. */
  peek(shard: number): PoolEntry<R> | undefined {
    const entry = this.#entries.get(shard);
    if (entry?.reader === undefined) return undefined;
    entry.used = ++this.#clock;
    return entry;
  }

  /** Takes a reader into use, opening it if need be; whoever took it calls `release`. */
  async acquire(shard: number): Promise<PoolEntry<R>> {
    for (;;) {
      this.check();
      const entry =
        this.#entries.get(shard) ?? (this.#hasRoom(shard) ? this.#begin(shard) : undefined);
      if (entry !== undefined) {
        entry.busy++;
        entry.used = ++this.#clock;
        try {
          await entry.opened;
          // Who was woken may have needed no place of its own.
          this.#wake(1);
          return entry;
        } catch (error) {
          entry.release();
          throw error;
        }
      }
      const idle = this.#idle(() => true);
      if (idle === undefined) await new Promise<void>((wake) => this.#waiting.push(wake));
      else await this.#close(idle);
    }
  }

  /**
   * Takes a reader into use that is open when this returns; whoever took it calls `release`. Where all others are in
   * use there is one more than the limit, until the next call.
   */
  acquireSync(shard: number): PoolEntry<R> {
    this.check();
    const open = this.peek(shard);
    if (open !== undefined) {
      open.busy++;
      return open;
    }
    while (!this.#hasRoom(shard)) {
      const idle = this.#idle((reader) => this.#host.isSync(reader));
      if (idle === undefined) break;
      this.#entries.delete(idle.shard);
      this.#host.closeSync(idle.reader as R);
    }
    const reader = this.#host.openSync(shard);
    const passing = this.#entries.has(shard);
    const entry = this.#make(shard, Promise.resolve(reader), reader, passing);
    entry.busy++;
    if (!passing) this.#entries.set(shard, entry);
    return entry;
  }

  async close(): Promise<void> {
    const entries = this.#shut();
    const closed = await Promise.allSettled(
      entries.map(async ({ opened }) => {
        const reader = await opened.catch(() => undefined);
        if (reader !== undefined) await this.#host.close(reader);
      }),
    );
    for (const each of closed) if (each.status === "rejected") throw each.reason;
  }

  closeSync(): void {
    for (const { reader } of this.#entries.values()) {
      if (reader !== undefined && this.#host.isSync(reader)) continue;
      const { name } = this.#host;
      const message = `${name} has shards that close only asynchronously: use close()`;
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: name });
    }
    const failures: unknown[] = [];
    for (const { reader } of this.#shut()) {
      try {
        this.#host.closeSync(reader as R);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #shut(): PoolEntry<R>[] {
    const entries = [...this.#entries.values()];
    this.#closed = true;
    this.#entries.clear();
    this.#wake(this.#waiting.length);
    return entries;
  }

  #hasRoom(shard: number): boolean {
    if (this.#host.isResident(shard)) return true;
    let open = this.#closing;
    for (const entry of this.#entries.values()) {
      if (entry.pinned === 0 && !this.#host.isResident(entry.shard)) open++;
    }
    return open < this.#host.maxOpen;
  }

  /** The reader that was not in use for the longest time. */
  #idle(suits: (reader: R) => boolean): PoolEntry<R> | undefined {
    let oldest: PoolEntry<R> | undefined;
    for (const entry of this.#entries.values()) {
      const { shard, reader, busy, used } = entry;
      if (busy > 0 || reader === undefined || this.#host.isResident(shard)) continue;
      if (suits(reader) && used < (oldest?.used ?? Number.POSITIVE_INFINITY)) oldest = entry;
    }
    return oldest;
  }

  #begin(shard: number): PoolEntry<R> {
    const opened = this.#host.open(shard);
    const entry = this.#make(shard, opened, undefined);
    this.#entries.set(shard, entry);
    opened.then(
      (reader) => {
        entry.reader = reader;
      },
      () => {
        // The next who asks tries again.
        this.#entries.delete(shard);
        this.#wake(1);
      },
    );
    return entry;
  }

  #make(shard: number, opened: Promise<R>, reader: R | undefined, passing = false): PoolEntry<R> {
    const entry: PoolEntry<R> = {
      shard,
      reader,
      opened,
      busy: 0,
      used: ++this.#clock,
      pinned: 0,
      passing,
      release: () => {
        entry.busy--;
        if (passing) this.#host.closeSync(reader as R);
        else if (entry.busy === 0) this.#wake(1);
      },
    };
    return entry;
  }

  async #close({ shard, reader }: PoolEntry<R>): Promise<void> {
    this.#entries.delete(shard);
    this.#closing++;
    try {
      await this.#host.close(reader as R);
    } finally {
      this.#closing--;
      this.#wake(1);
    }
  }

  /** Lets some of those who wait look again whether there is room. */
  #wake(count: number): void {
    for (const wake of this.#waiting.splice(0, count)) wake();
  }
}
