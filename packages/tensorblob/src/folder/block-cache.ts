import type { ByteSource, SyncByteSource } from "@nthrec/core";

/** Opens blocks by their number. */
export interface BlockOpener {
  open(number: number): Promise<ByteSource>;
  /** Absent where nothing can be opened in place. */
  openSync?(number: number): SyncByteSource;
}

/** Blocks that are kept open unless the caller says otherwise. */
export const DEFAULT_CACHED_BLOCKS = 64;

interface Held {
  source: ByteSource | undefined;
  opening: Promise<ByteSource> | undefined;
  users: number;
  /** When it was used last. */
  tick: number;
}

/** The blocks of one snapshot that are open: the last ones used, so that any number of blocks needs few files. */
export class BlockCache {
  readonly #opener: BlockOpener;
  readonly #limit: number;
  readonly #held = new Map<number, Held>();
  #tick = 0;
  #last: Held | undefined;
  #closed = false;

  constructor(opener: BlockOpener, limit: number = DEFAULT_CACHED_BLOCKS) {
    if (!(Number.isInteger(limit) && limit > 0)) {
      throw new RangeError(`maxCachedBlocks is a whole number above 0, not ${limit}`);
    }
    this.#opener = opener;
    this.#limit = limit;
  }

  /** Blocks that are open now. */
  get size(): number {
    return this.#held.size;
  }

  /** Hands the block to `use`, open until the promise of its answer is settled. */
  async use<T>(number: number, use: (block: ByteSource) => Promise<T>): Promise<T> {
    const held = this.#hold(number);
    try {
      return await use(held.source ?? (await this.#open(number, held)));
    } finally {
      held.users--;
      await this.#settle(number, held);
    }
  }

  /** The block, open until another one is asked for. */
  heldSync(number: number): SyncByteSource {
    const known = this.#held.get(number);
    if (known?.source !== undefined) {
      known.tick = ++this.#tick;
      this.#last = known;
      return known.source as SyncByteSource;
    }
    const source = (this.#opener.openSync as (number: number) => SyncByteSource)(number);
    const held = this.#hold(number);
    held.source = source;
    for (const surplus of this.#surplus()) (surplus as SyncByteSource).closeSync();
    held.users--;
    return source;
  }

  /** The block used last, if it is open: it knows whether reads in place are welcome. */
  get last(): SyncByteSource | undefined {
    return this.#last?.source as SyncByteSource | undefined;
  }

  /** Closes what nobody uses; the rest closes after its last use. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#held].map(([number, held]) => this.#settle(number, held)));
  }

  /** {@link BlockCache.close}, before it returns. */
  closeSync(): void {
    this.#closed = true;
    for (const source of this.#surplus()) (source as SyncByteSource).closeSync();
  }

  #hold(number: number): Held {
    let held = this.#held.get(number);
    if (held === undefined) {
      held = { source: undefined, opening: undefined, users: 0, tick: 0 };
      this.#held.set(number, held);
    }
    held.tick = ++this.#tick;
    held.users++;
    this.#last = held;
    return held;
  }

  #open(number: number, held: Held): Promise<ByteSource> {
    held.opening ??= this.#opener.open(number).then(
      async (source) => {
        held.opening = undefined;
        // A read in place may have opened it meanwhile.
        if (held.source !== undefined) await source.close();
        held.source ??= source;
        return held.source;
      },
      (error: unknown) => {
        held.opening = undefined;
        throw error;
      },
    );
    return held.opening;
  }

  async #settle(number: number, held: Held): Promise<void> {
    this.#forgetFailed(number, held);
    for (const source of this.#surplus()) await source.close();
  }

  #forgetFailed(number: number, held: Held): void {
    const idle = held.users === 0 && held.opening === undefined;
    if (idle && held.source === undefined && this.#held.get(number) === held) {
      this.#held.delete(number);
    }
  }

  /** Takes out what is over the limit and not in use. */
  #surplus(): ByteSource[] {
    const limit = this.#closed ? 0 : this.#limit;
    const out: ByteSource[] = [];
    if (this.#held.size <= limit) return out;
    while (this.#held.size > limit) {
      const idle = this.#longestIdle();
      if (idle === undefined) break;
      this.#held.delete(idle.number);
      out.push(idle.source);
    }
    return out;
  }

  #longestIdle(): { readonly number: number; readonly source: ByteSource } | undefined {
    let idle: { number: number; source: ByteSource } | undefined;
    let tick = Number.POSITIVE_INFINITY;
    for (const [number, held] of this.#held) {
      if (held.users > 0 || held.source === undefined || held.tick > tick) continue;
      idle = { number, source: held.source };
      tick = held.tick;
    }
    return idle;
  }
}
