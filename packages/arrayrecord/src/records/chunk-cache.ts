import { NthrecError } from "@nthrec/core";
import type { ChunkRecords } from "../chunk/chunk-records.ts";

/** Promised chunks are given up when they take this many times the memory of the cache. */
const PATIENCE = 4;

/** A chunk that some reads were told they need no bytes for. */
interface Promised {
  readonly records: ChunkRecords;
  /** How many of them are still to come. */
  count: number;
}

/**
 * Decoded chunks, those used last; bounded by their bytes, but for the one used last. A chunk that was promised to a read stays
 * until the read came, since it comes without bytes.
 */
export class ChunkCache {
  readonly #limit: number;
  readonly #chunks = new Map<number, ChunkRecords>();
  readonly #promised = new Map<number, Promised>();
  #size = 0;
  #promisedSize = 0;
  /** The chunk used last: most reads want it again. */
  #last = -1;
  #lastRecords: ChunkRecords | undefined;

  /**
   * @param limit Bytes of decoded chunks that are kept: the option `cacheBytes`.
   * @throws {@link NthrecError} `NTH_INVALID_VALUE`
   */
  constructor(limit: number) {
    if (typeof limit !== "number" || !(limit >= 0)) {
      throw new NthrecError("NTH_INVALID_VALUE", `cacheBytes: ${limit} is no number of bytes`);
    }
    this.#limit = limit;
  }

  /** Promises a chunk to a read, if it is here. */
  promise(chunk: number): boolean {
    const promised = this.#promised.get(chunk);
    if (promised !== undefined) {
      promised.count++;
      return true;
    }
    const records = this.get(chunk);
    if (records === undefined) return false;
    this.#promised.set(chunk, { records, count: 1 });
    this.#promisedSize += sizeOf(records);
    this.#forget();
    return true;
  }

  /** The chunk that was promised to the read that now came. */
  redeem(chunk: number): ChunkRecords | undefined {
    const promised = this.#promised.get(chunk);
    if (promised === undefined) return this.get(chunk);
    promised.count--;
    if (promised.count === 0) this.#drop(chunk, promised);
    return promised.records;
  }

  /** Whether a decoded chunk is here. */
  has(chunk: number): boolean {
    return this.#chunks.has(chunk);
  }

  /** A decoded chunk, if it is here. */
  get(chunk: number): ChunkRecords | undefined {
    if (chunk === this.#last) return this.#lastRecords;
    const records = this.#chunks.get(chunk);
    if (records !== undefined) {
      this.#chunks.delete(chunk);
      this.#chunks.set(chunk, records);
      this.#last = chunk;
      this.#lastRecords = records;
    }
    return records;
  }

  /** Keeps a decoded chunk. */
  put(chunk: number, records: ChunkRecords): void {
    const before = this.#chunks.get(chunk);
    if (before !== undefined) {
      this.#size -= sizeOf(before);
      this.#chunks.delete(chunk);
    }
    this.#chunks.set(chunk, records);
    this.#size += sizeOf(records);
    this.#last = chunk;
    this.#lastRecords = records;
    for (const [oldest, { bytes, ends }] of this.#chunks) {
      if (this.#size <= this.#limit || oldest === chunk) break;
      this.#chunks.delete(oldest);
      this.#size -= bytes.length + ends.byteLength;
    }
  }

  /** Gives up the oldest promises when there are too many: reads that were broken off never come. */
  #forget(): void {
    for (const [chunk, promised] of this.#promised) {
      if (this.#promisedSize <= PATIENCE * this.#limit || this.#promised.size === 1) return;
      this.#drop(chunk, promised);
    }
  }

  #drop(chunk: number, { records }: Promised): void {
    this.#promised.delete(chunk);
    this.#promisedSize -= sizeOf(records);
  }
}

function sizeOf({ bytes, ends }: ChunkRecords): number {
  return bytes.length + ends.byteLength;
}
