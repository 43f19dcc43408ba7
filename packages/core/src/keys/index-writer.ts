import { platform } from "#platform";
import { writeU32, writeU64 } from "../bytes/le.ts";
import type { StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import type { EntryCursor } from "./cursor.ts";
import { ENTRY_OVERHEAD, MANY, putKey, putVarint } from "./entry-codec.ts";
import { classOf } from "./key.ts";
import { bucketOf, CHUNK_BUCKETS, encodeHeader, HEADER_BYTES, type KeyHeader } from "./layout.ts";
import { OutBuffer } from "./out-buffer.ts";

/** What the writer counts itself. */
type Counted =
  | "entries"
  | "keys"
  | "firstDuplicate"
  | "duplicateOf"
  | "buckets"
  | "directory"
  | "size";

/** Writes a key index from entries that come in its order. */
export class IndexWriter {
  readonly #out = new OutBuffer(HEADER_BYTES);
  readonly #buckets: number;
  /** Where each bucket begins, and where the last one ends. */
  readonly #positions: Float64Array;
  #bucket = 0;
  /** The bucket under way: a byte of each key's hash, and the entries. */
  #tags: Uint8Array = new Uint8Array(256);
  #tagged = 0;
  #body: Uint8Array = platform.allocate(16 * 1024);
  #bodyLength = 0;
  /**
   * The entry under way: where it begins, its key in the body, what follows that, and its records as varints of their
   * distances.
   */
  #hash = -1;
  #kind = 0;
  #entryAt = 0;
  #keyAt = 0;
  #keyEnd = 0;
  #records: Uint8Array = new Uint8Array(256);
  #recordsLength = 0;
  #recordCount = 0;
  #firstRecord = 0;
  #lastRecord = 0;
  #entries = 0;
  #keys = 0;
  #firstDuplicate = -1;
  #duplicateOf = -1;

  /** @param buckets As {@link bucketsFor} has it for all entries that will come */
  constructor(buckets: number) {
    this.#buckets = buckets;
    this.#positions = new Float64Array(buckets + 1);
    this.#positions[0] = HEADER_BYTES;
  }

  /** Whether it is time to flush. */
  get full(): boolean {
    return this.#out.full;
  }

  flush(sink: ByteSink): StepPlan<void> {
    return this.#out.flush(sink);
  }

  /** Takes the entry that a cursor stands on. */
  add(entry: EntryCursor): void {
    this.#entries++;
    if (entry.hash === this.#hash && this.#isKey(entry)) {
      this.#another(entry.record);
      return;
    }
    this.#endEntry();
    const bucket = bucketOf(entry.hash, this.#buckets);
    if (bucket !== this.#bucket) this.#endBuckets(bucket);
    this.#hash = entry.hash;
    this.#kind = entry.kind;
    const { bytes, start, end } = entry;
    this.#reserve(ENTRY_OVERHEAD + end - start);
    this.#entryAt = this.#bodyLength;
    this.#keyEnd = putKey(this.#body, this.#entryAt, entry.kind, bytes, start, end);
    this.#keyAt = this.#keyEnd - (end - start);
    this.#recordCount = 1;
    this.#firstRecord = this.#lastRecord = entry.record;
  }

  /** Writes what is left, the directory, and the header. */
  *finish(sink: ByteSink, facts: Omit<KeyHeader, Counted>): StepPlan<KeyHeader> {
    this.#endEntry();
    this.#endBuckets(this.#buckets);
    const directory = this.#out.position;
    for (let first = 0; first < this.#buckets; first += CHUNK_BUCKETS) {
      this.#putChunk(first);
      if (this.#out.full) yield* this.#out.flush(sink);
    }
    const header: KeyHeader = {
      ...facts,
      entries: this.#entries,
      keys: this.#keys,
      firstDuplicate: this.#firstDuplicate,
      duplicateOf: this.#duplicateOf,
      buckets: this.#buckets,
      directory,
      size: this.#out.position,
    };
    yield* this.#out.flush(sink);
    yield { op: "write", sink, position: 0, bytes: encodeHeader(header) };
    return header;
  }

  #isKey({ kind, bytes, start, end }: EntryCursor): boolean {
    const length = this.#keyEnd - this.#keyAt;
    if (classOf(kind) !== classOf(this.#kind) || end - start !== length) return false;
    for (let at = start, i = this.#keyAt; at < end; ) {
      if (bytes[at++] !== this.#body[i++]) return false;
    }
    return true;
  }

  #another(record: number): void {
    if (this.#recordCount === 1) {
      this.#recordsLength = putVarint(this.#records, 0, this.#firstRecord);
      if (this.#firstDuplicate < 0 || record < this.#firstDuplicate) {
        this.#firstDuplicate = record;
        this.#duplicateOf = this.#firstRecord;
      }
    }
    if (this.#recordsLength + 10 > this.#records.length) {
      this.#records = widened(this.#records, this.#recordsLength);
    }
    const distance = record - this.#lastRecord;
    this.#recordsLength = putVarint(this.#records, this.#recordsLength, distance);
    this.#recordCount++;
    this.#lastRecord = record;
  }

  /** Ends the entry under way: its records follow its key. */
  #endEntry(): void {
    if (this.#recordCount === 0) return;
    if (this.#recordCount === 1) {
      this.#bodyLength = putVarint(this.#body, this.#keyEnd, this.#firstRecord);
    } else {
      const length = this.#recordsLength;
      this.#reserve(this.#keyEnd - this.#entryAt + ENTRY_OVERHEAD + length);
      const body = this.#body;
      body[this.#entryAt] = (body[this.#entryAt] as number) | MANY;
      const at = putVarint(body, this.#keyEnd, length);
      body.set(this.#records.subarray(0, length), at);
      this.#bodyLength = at + length;
    }
    if (this.#tagged === this.#tags.length) this.#tags = widened(this.#tags, this.#tagged);
    this.#tags[this.#tagged++] = this.#hash & 0xff;
    this.#keys++;
    this.#recordCount = 0;
  }

  /** Makes room for `size` bytes behind the entries that have ended; what lies there already is kept. */
  #reserve(size: number): void {
    while (this.#bodyLength + size > this.#body.length) {
      this.#body = widened(this.#body, this.#body.length);
    }
  }

  /** Ends the bucket under way and the empty ones behind it, up to `next`. */
  #endBuckets(next: number): void {
    if (this.#tagged > 0) this.#putBucket();
    for (let bucket = this.#bucket + 1; bucket <= next; bucket++) {
      this.#positions[bucket] = this.#out.position;
    }
    this.#bucket = next;
  }

  #putBucket(): void {
    const out = this.#out;
    out.reserve(this.#tagged + this.#bodyLength + 16);
    const start = out.length;
    let at = putVarint(out.bytes, start, this.#tagged);
    out.bytes.set(this.#tags.subarray(0, this.#tagged), at);
    at += this.#tagged;
    out.bytes.set(this.#body.subarray(0, this.#bodyLength), at);
    at += this.#bodyLength;
    writeU32(out.bytes, at, platform.crc32(out.bytes.subarray(start, at)));
    out.length = at + 4;
    this.#tagged = 0;
    this.#bodyLength = 0;
  }

  #putChunk(first: number): void {
    const out = this.#out;
    const count = Math.min(CHUNK_BUCKETS, this.#buckets - first);
    out.reserve((count + 1) * 8 + 4);
    const start = out.length;
    for (let i = 0; i <= count; i++) {
      writeU64(out.bytes, start + i * 8, this.#positions[first + i] as number);
    }
    const end = start + (count + 1) * 8;
    writeU32(out.bytes, end, platform.crc32(out.bytes.subarray(start, end)));
    out.length = end + 4;
  }
}

function widened(bytes: Uint8Array, used: number): Uint8Array {
  const wider = platform.allocate(bytes.length * 2);
  wider.set(bytes.subarray(0, used));
  return wider;
}
