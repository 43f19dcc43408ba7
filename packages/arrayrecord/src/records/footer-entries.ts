import { putVarint } from "../bytes/put-varint.ts";
import type { ChunkCounts, ChunkRecords } from "../chunk/chunk-records.ts";

/** Longest entry: three tags, three varints. */
const MOST_BYTES = 3 + 3 * 10;
const FIRST_ENTRIES = 64;

/** A chunk of records as the footer tells of it. */
export interface FooterEntry {
  readonly offset: number;
  readonly decodedDataSize: number;
  readonly numRecords: number;
}

/** The footer's entries as they are written, growing: a commit adds to them, and encodes none twice. */
export class FooterEntries {
  #bytes = new Uint8Array(FIRST_ENTRIES * 16);
  /** Where each entry ends. */
  #ends: Float64Array = new Float64Array(FIRST_ENTRIES);
  #length = 0;

  /** Chunks. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of all entries. */
  get size(): number {
    return this.#length === 0 ? 0 : (this.#ends[this.#length - 1] as number);
  }

  /** Adds the entry of the next chunk. Zeros are written, too, as the original does (formats/arrayrecord.md 4.2). */
  push(offset: number, { decodedDataSize, numRecords }: ChunkCounts): void {
    let at = this.size;
    this.#reserve(at + MOST_BYTES);
    const bytes = this.#bytes;
    bytes[at] = 0x08;
    at = putVarint(bytes, at + 1, offset);
    bytes[at] = 0x10;
    at = putVarint(bytes, at + 1, decodedDataSize);
    bytes[at] = 0x18;
    this.#ends[this.#length++] = putVarint(bytes, at + 1, numRecords);
  }

  /** Keeps the first `length` entries. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** The records of a footer chunk: `metadata`, then an entry for each chunk. */
  behind(metadata: Uint8Array): ChunkRecords {
    const first = metadata.length;
    const bytes = new Uint8Array(first + this.size);
    bytes.set(metadata);
    bytes.set(this.#bytes.subarray(0, this.size), first);
    const ends = new Float64Array(this.#length + 1);
    ends[0] = first;
    for (let i = 0; i < this.#length; i++) ends[i + 1] = first + (this.#ends[i] as number);
    return { bytes, ends };
  }

  #reserve(size: number): void {
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (this.#length === this.#ends.length) {
      const grown = new Float64Array(this.#length * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
  }
}
