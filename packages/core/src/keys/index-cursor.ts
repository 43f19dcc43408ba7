import { read, type StepPlan } from "../plan/step.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { checkBucket, readDirectory } from "./directory.ts";
import { hashKey } from "./key.ts";
import type { KeyHeader } from "./layout.ts";
import { ReadingCursor } from "./reading-cursor.ts";

/** Bytes of buckets that are read at once, unless one is larger. */
const BLOCK_BYTES = 1024 * 1024;

/** A walk over the entries of a finished index. */
export class IndexCursor extends ReadingCursor {
  readonly #source: ByteSource;
  readonly #header: KeyHeader;
  #positions: Float64Array | undefined;
  /** The next bucket, and the first one behind those in memory. */
  #bucket = 0;
  #stop = 0;
  #block: Uint8Array = new Uint8Array(0);
  /** Where the block lies. */
  #base = 0;
  /** Keys left in the bucket. */
  #keys = 0;
  /** Records left of the key. */
  #records: number[] = [];
  #record = 0;

  constructor(source: ByteSource, header: KeyHeader) {
    super();
    this.#source = source;
    this.#header = header;
  }

  /** Whether no entry before this one has its key. */
  get first(): boolean {
    return this.#record === 1;
  }

  override next(): boolean {
    if (this.#record < this.#records.length) {
      this.record = this.#records[this.#record++] as number;
      return true;
    }
    while (this.#keys === 0) {
      if (this.#bucket >= this.#stop) return false;
      this.#enter();
    }
    this.#keys--;
    const entry = this.entry;
    entry.key();
    this.hash = hashKey(entry.kind, entry.bytes, entry.start, entry.end);
    const records: number[] = [];
    entry.records((record) => records.push(record) > 0);
    this.#records = records;
    this.#record = 1;
    this.record = records[0] as number;
    return true;
  }

  override *fill(): StepPlan<boolean> {
    this.#positions ??= yield* readDirectory(this.#source, this.#header);
    const positions = this.#positions;
    while (this.#bucket < this.#header.buckets) {
      const base = positions[this.#bucket] as number;
      let stop = this.#bucket + 1;
      while (stop < this.#header.buckets && (positions[stop + 1] as number) - base <= BLOCK_BYTES) {
        stop++;
      }
      this.#base = base;
      this.#stop = stop;
      const end = positions[stop] as number;
      this.#block = end === base ? new Uint8Array(0) : yield* read(this.#source, base, end);
      if (this.next()) return true;
    }
    return false;
  }

  #enter(): void {
    const positions = this.#positions as Float64Array;
    const start = positions[this.#bucket] as number;
    const end = positions[++this.#bucket] as number;
    if (start === end) return;
    const bytes = this.#block.subarray(start - this.#base, end - this.#base);
    checkBucket(bytes, this.#source, start);
    const entry = this.entry.over(bytes, 0, bytes.length - 4);
    this.#keys = entry.varint();
    entry.at += this.#keys;
  }
}
