import type { StepPlan } from "../plan/step.ts";
import type { EntryCursor } from "./cursor.ts";
import { EntryPart, type PartCursor } from "./entry-part.ts";
import type { EncodedKey } from "./key.ts";

/** Bytes of an entry besides its key while it is gathered and sorted. */
const ENTRY_BYTES = 20;
/** Parts by the first bits of hashes: each is sorted, and written, while it is in the processor's cache. */
const PARTS = 256;
const PART_SHIFT = 24;
/** Entries of a part for which memory is taken before they come, at most: 2 million entries, 66 MiB. */
const MOST_EXPECTED = 8192;

/** Pairs of key and record, gathered in memory in the order of records. */
export class EntryArena {
  readonly #parts: EntryPart[];
  #length = 0;
  #size = 0;

  /** @param expected About how many entries will come: memory for so many is taken at once */
  constructor(expected = 0) {
    // Hashes spread evenly: a little more than the mean is enough for nearly all.
    const each = Math.min(MOST_EXPECTED, Math.ceil((expected / PARTS) * 1.15) + 16);
    const room = EntryPart.memoryFor(each);
    const memory = new ArrayBuffer(PARTS * room);
    this.#parts = Array.from({ length: PARTS }, (_, i) => new EntryPart(memory, i * room, each));
  }

  /** Entries. */
  get length(): number {
    return this.#length;
  }

  /** Memory that the entries take, bytes. */
  get size(): number {
    return this.#size;
  }

  add(key: EncodedKey, record: number): void {
    (this.#parts[key.hash >>> PART_SHIFT] as EntryPart).add(key, record);
    this.#length++;
    this.#size += ENTRY_BYTES + key.end - key.start;
  }

  /** Whether a key was added for this record, which is the last one. */
  has(key: EncodedKey, record: number): boolean {
    return (this.#parts[key.hash >>> PART_SHIFT] as EntryPart).has(key, record);
  }

  /** A walk over the entries in the order of an index; none may be added before it ends. */
  sorted(): ArenaCursor {
    return new ArenaCursor(this.#parts);
  }

  /** Forgets the entries and keeps the memory. */
  clear(): void {
    for (const part of this.#parts) part.clear();
    this.#length = 0;
    this.#size = 0;
  }
}

/** A walk over all parts, one after another; each is sorted when it is reached. */
export class ArenaCursor implements EntryCursor {
  hash = 0;
  kind = 0;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  record = 0;
  readonly #parts: readonly EntryPart[];
  #next = 0;
  #part: PartCursor | undefined;

  constructor(parts: readonly EntryPart[]) {
    this.#parts = parts;
  }

  next(): boolean {
    while (this.#part === undefined || !this.#part.next(this)) {
      if (this.#next === this.#parts.length) return false;
      this.#part = (this.#parts[this.#next++] as EntryPart).sorted();
    }
    return true;
  }

  *fill(): StepPlan<boolean> {
    return false;
  }
}
