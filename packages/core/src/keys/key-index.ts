import { read, type StepPlan } from "../plan/step.ts";
import { type ByteSource, isSyncSource } from "../source/byte-source.ts";
import { readSyncChecked } from "../source/checked-read.ts";
import { BucketCache } from "./bucket-cache.ts";
import { checkBucket, readChunk, readDirectory } from "./directory.ts";
import { EntryReader, unsound } from "./entry-codec.ts";
import { IndexCursor } from "./index-cursor.ts";
import { type HashedKey, isSameKey } from "./key.ts";
import { bucketOf, CHUNK_BUCKETS, HEADER_BYTES, type KeyHeader } from "./layout.ts";

/** Largest index that is kept in memory unless the caller says otherwise, bytes: of a file, and over a network. */
const RESIDENT_BYTES = 64 * 1024 * 1024;
const REMOTE_RESIDENT_BYTES = 64 * 1024;
/** Bytes of an index that are read at once when it is loaded. */
const LOAD_BYTES = 16 * 1024 * 1024;
/** Pieces of the directory (2 KiB each) that are kept of an index that is not in memory. */
const KEPT_CHUNKS = 512;
const NO_BUCKET = new Uint8Array(0);

/** All of an index in memory. */
interface Resident {
  /** The buckets: the file from the end of the header to the directory. */
  readonly bytes: Uint8Array;
  /** Where each bucket begins in the file, and where the last one ends. */
  readonly positions: Float64Array;
}

/** A key index that is open: finds the records of a key. */
export class KeyIndex {
  readonly header: KeyHeader;
  readonly source: ByteSource;
  readonly #resident: Resident | undefined;
  /** The pieces in use, the longest unused first. */
  readonly #chunks = new Map<number, Float64Array>();
  readonly #buckets = new BucketCache();
  readonly #entry = new EntryReader();

  private constructor(source: ByteSource, header: KeyHeader, resident: Resident | undefined) {
    this.source = source;
    this.header = header;
    this.#resident = resident;
  }

  /** Takes an open index over; it is loaded, and all of it checked, unless it is to be read page by page. */
  static *open(
    source: ByteSource,
    header: KeyHeader,
    keys: "auto" | "resident" | "paged" = "auto",
    remote = false,
  ): StepPlan<KeyIndex> {
    const limit = remote ? REMOTE_RESIDENT_BYTES : RESIDENT_BYTES;
    const paged = keys === "paged" || (keys === "auto" && header.size > limit);
    return new KeyIndex(source, header, paged ? undefined : yield* load(source, header));
  }

  /** Whether all of it is in memory. */
  get resident(): boolean {
    return this.#resident !== undefined;
  }

  /**
   * The first or the last record of a key, -1 if no record before `limit` has it. Where not all of the index is in
   * memory, it is read if the source answers at once; this throws what {@link KeyIndex.find} throws.
   *
   * @param waits Whether the caller can wait, so that the source may refuse to keep the thread
   * @returns `undefined` when the index must be read first
   */
  findNow(key: HashedKey, limit: number, last: boolean, waits: boolean): number | undefined {
    const bucket = bucketOf(key.hash, this.header.buckets);
    const resident = this.#resident;
    if (resident !== undefined) {
      const { bytes, positions } = resident;
      const start = (positions[bucket] as number) - HEADER_BYTES;
      const end = (positions[bucket + 1] as number) - HEADER_BYTES;
      return this.#search(bytes, start, end, key) ? this.#pick(limit, last) : -1;
    }
    const bytes = this.#buckets.get(bucket) ?? this.#bucketNow(bucket, waits);
    if (bytes === undefined) return undefined;
    return this.#search(bytes, 0, bytes.length, key) ? this.#pick(limit, last) : -1;
  }

  #bucketNow(bucket: number, waits: boolean): Uint8Array | undefined {
    const chunk = this.#chunks.get(Math.floor(bucket / CHUNK_BUCKETS));
    const { source } = this;
    if (chunk === undefined || !isSyncSource(source)) return undefined;
    const start = chunk[bucket % CHUNK_BUCKETS] as number;
    const end = chunk[(bucket % CHUNK_BUCKETS) + 1] as number;
    if (start === end) return NO_BUCKET;
    if (waits && source.mayInline?.(end - start) === false) return undefined;
    const bytes = readSyncChecked(source, start, end);
    checkBucket(bytes, source, start);
    this.#buckets.keep(bucket, bytes);
    return bytes;
  }

  /** {@link KeyIndex.findNow}, waiting for what it needs. */
  *find(key: HashedKey, limit: number, last: boolean): StepPlan<number> {
    const bytes = yield* this.#bucket(bucketOf(key.hash, this.header.buckets));
    return this.#search(bytes, 0, bytes.length, key) ? this.#pick(limit, last) : -1;
  }

  /** All records of a key before `limit`, rising. */
  *findAll(key: HashedKey, limit: number): StepPlan<number[]> {
    const records: number[] = [];
    const bytes = yield* this.#bucket(bucketOf(key.hash, this.header.buckets));
    if (this.#search(bytes, 0, bytes.length, key)) {
      this.#entry.records((record) => record < limit && records.push(record) > 0);
    }
    return records;
  }

  /** A walk over all entries. */
  cursor(): IndexCursor {
    return new IndexCursor(this.source, this.header);
  }

  /** The wanted record of the entry that was found. */
  #pick(limit: number, last: boolean): number {
    let found = -1;
    if (!this.#entry.many) {
      found = this.#entry.varint();
      return found < limit ? found : -1;
    }
    this.#entry.records((record) => {
      if (record >= limit) return false;
      found = record;
      return last;
    });
    return found;
  }

  /** Looks for a key in a bucket; the entry then stands before its records. */
  #search(bytes: Uint8Array, start: number, end: number, key: HashedKey): boolean {
    if (start === end) return false;
    const entry = this.#entry.over(bytes, start, end - 4);
    const count = entry.varint();
    const tags = entry.at;
    entry.at += count;
    if (entry.at > entry.limit) throw unsound();
    const tag = key.hash & 0xff;
    let passed = 0;
    for (let i = 0; i < count; i++) {
      if (bytes[tags + i] !== tag) continue;
      entry.skip(i - passed);
      entry.key();
      if (isSameKey(entry, key)) return true;
      entry.skipRecords();
      passed = i + 1;
    }
    return false;
  }

  *#bucket(bucket: number): StepPlan<Uint8Array> {
    if (this.#resident !== undefined) {
      const { bytes, positions } = this.#resident;
      const start = (positions[bucket] as number) - HEADER_BYTES;
      return bytes.subarray(start, (positions[bucket + 1] as number) - HEADER_BYTES);
    }
    let bytes = this.#buckets.get(bucket);
    if (bytes === undefined) {
      const chunk = yield* this.#chunk(Math.floor(bucket / CHUNK_BUCKETS));
      const start = chunk[bucket % CHUNK_BUCKETS] as number;
      const end = chunk[(bucket % CHUNK_BUCKETS) + 1] as number;
      if (start === end) return NO_BUCKET;
      bytes = yield* read(this.source, start, end);
      checkBucket(bytes, this.source, start);
      this.#buckets.keep(bucket, bytes);
    }
    return bytes;
  }

  *#chunk(chunk: number): StepPlan<Float64Array> {
    const positions =
      this.#chunks.get(chunk) ?? (yield* readChunk(this.source, this.header, chunk));
    this.#chunks.delete(chunk);
    this.#chunks.set(chunk, positions);
    for (const other of this.#chunks.keys()) {
      if (this.#chunks.size <= KEPT_CHUNKS) break;
      this.#chunks.delete(other);
    }
    return positions;
  }
}

function* load(source: ByteSource, header: KeyHeader): StepPlan<Resident> {
  const positions = yield* readDirectory(source, header);
  const bytes = new Uint8Array(header.directory - HEADER_BYTES);
  for (let at = HEADER_BYTES; at < header.directory; at += LOAD_BYTES) {
    const end = Math.min(header.directory, at + LOAD_BYTES);
    bytes.set(yield* read(source, at, end), at - HEADER_BYTES);
  }
  for (let bucket = 0; bucket < header.buckets; bucket++) {
    const start = positions[bucket] as number;
    const end = positions[bucket + 1] as number;
    if (start === end) continue;
    checkBucket(bytes.subarray(start - HEADER_BYTES, end - HEADER_BYTES), source, start);
  }
  return { bytes, positions };
}
