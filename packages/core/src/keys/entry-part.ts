import { compareKeys, type EncodedKey, type KeyPlace } from "./key.ts";

/** The hashes of a part differ in their lower 24 bits: three rounds, or two where the counts of a round weigh less. */
const SORTED_BITS = 24;
const LARGE = 16_384;
/** Parts up to this size are sorted by comparing. */
const SMALL = 256;
/** Bytes of the first keys: 16 and the kind, as many have. */
const KEY_BYTES = 17;

/** Pairs of key and record whose hashes begin alike, gathered in memory in the order of records. */
export class EntryPart {
  #hashes: Uint32Array;
  /** Where the kind and the bytes of each key begin; they end where the next one begins. */
  #starts: Uint32Array;
  #records: Float64Array;
  #bytes: Uint8Array;
  #used = 0;
  #length = 0;

  /** @param memory Of {@link EntryPart.memoryFor} entries from `at` on; more is taken when it is full */
  constructor(memory: ArrayBuffer, at: number, entries: number) {
    this.#records = new Float64Array(memory, at, entries);
    this.#hashes = new Uint32Array(memory, at + 8 * entries, entries);
    this.#starts = new Uint32Array(memory, at + 12 * entries, entries);
    this.#bytes = new Uint8Array(memory, at + 16 * entries, KEY_BYTES * entries);
  }

  /** Bytes that a part of so many entries begins with: a multiple of 8. */
  static memoryFor(entries: number): number {
    return Math.ceil(((16 + KEY_BYTES) * entries) / 8) * 8;
  }

  /** Entries. */
  get length(): number {
    return this.#length;
  }

  add(key: EncodedKey, record: number): void {
    const { bytes, start, end } = key;
    const used = this.#used;
    const next = used + 1 + end - start;
    if (next > this.#bytes.length) this.#widen(next);
    if (this.#length + 1 >= this.#hashes.length) this.#lengthen();
    const target = this.#bytes;
    target[used] = key.kind;
    if (end - start > 64) target.set(bytes.subarray(start, end), used + 1);
    else for (let at = start, to = used + 1; at < end; ) target[to++] = bytes[at++] as number;
    const i = this.#length++;
    this.#hashes[i] = key.hash;
    this.#starts[i] = used;
    this.#records[i] = record;
    this.#used = next;
    this.#starts[i + 1] = next;
  }

  /** Whether the last record that was added has a key already. */
  has(key: EncodedKey, record: number): boolean {
    for (let i = this.#length - 1; i >= 0 && this.#records[i] === record; i--) {
      if (this.#hashes[i] !== key.hash) continue;
      const start = this.#starts[i] as number;
      const end = this.#starts[i + 1] as number;
      const place = {
        kind: this.#bytes[start] as number,
        bytes: this.#bytes,
        start: start + 1,
        end,
      };
      if (compareKeys(place, key) === 0) return true;
    }
    return false;
  }

  /** A walk over the entries in the order of an index; none may be added before it ends. */
  sorted(): PartCursor {
    const order = sortByHash(this.#hashes, this.#length);
    const cursor = new PartCursor(this.#hashes, this.#starts, this.#records, this.#bytes, order);
    cursor.settleTies();
    return cursor;
  }

  /** Forgets the entries and keeps the memory. */
  clear(): void {
    this.#length = 0;
    this.#used = 0;
  }

  #widen(size: number): void {
    const wider = new Uint8Array(Math.max(size, this.#bytes.length * 2));
    wider.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = wider;
  }

  #lengthen(): void {
    const length = this.#hashes.length * 2;
    const hashes = new Uint32Array(length);
    hashes.set(this.#hashes);
    const starts = new Uint32Array(length);
    starts.set(this.#starts);
    const records = new Float64Array(length);
    records.set(this.#records);
    [this.#hashes, this.#starts, this.#records] = [hashes, starts, records];
  }
}

/** Where the key of an entry lies. */
interface EntryPlace extends KeyPlace {
  readonly entry: number;
}

/** Where a walk puts the entry that it stands on. */
interface EntrySlot {
  hash: number;
  kind: number;
  bytes: Uint8Array;
  start: number;
  end: number;
  record: number;
}

/** A walk over the sorted entries of a part. */
export class PartCursor {
  readonly #hashes: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #records: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #order: Uint32Array;
  #at = 0;

  constructor(
    hashes: Uint32Array,
    starts: Uint32Array,
    records: Float64Array,
    bytes: Uint8Array,
    order: Uint32Array,
  ) {
    this.#hashes = hashes;
    this.#starts = starts;
    this.#records = records;
    this.#bytes = bytes;
    this.#order = order;
  }

  /** Puts the next entry into `slot`, if there is one. */
  next(slot: EntrySlot): boolean {
    if (this.#at >= this.#order.length) return false;
    const entry = this.#order[this.#at++] as number;
    const start = this.#starts[entry] as number;
    slot.hash = this.#hashes[entry] as number;
    slot.kind = this.#bytes[start] as number;
    slot.bytes = this.#bytes;
    slot.start = start + 1;
    slot.end = this.#starts[entry + 1] as number;
    slot.record = this.#records[entry] as number;
    return true;
  }

  /** Puts different keys with the same hash in their order. Entries of one key are in the order of records already. */
  settleTies(): void {
    const order = this.#order;
    const hashes = this.#hashes;
    let from = 0;
    for (let to = 1; to <= order.length; to++) {
      const same = hashes[order[to] as number] === hashes[order[from] as number];
      if (to < order.length && same) continue;
      if (to - from > 1) this.#settle(from, to);
      from = to;
    }
  }

  #settle(from: number, to: number): void {
    const first = this.#place(this.#order[from] as number);
    let same = true;
    for (let i = from + 1; same && i < to; i++) {
      same = compareKeys(first, this.#place(this.#order[i] as number)) === 0;
    }
    if (same) return;
    // Stable: entries of one key stay in the order of records.
    const sorted = Array.from(this.#order.subarray(from, to), (entry) => this.#place(entry));
    sorted.sort(compareKeys);
    for (let i = from; i < to; i++) {
      this.#order[i] = (sorted[i - from] as EntryPlace).entry;
    }
  }

  #place(entry: number): EntryPlace {
    const start = this.#starts[entry] as number;
    const end = this.#starts[entry + 1] as number;
    return { entry, kind: this.#bytes[start] as number, bytes: this.#bytes, start: start + 1, end };
  }
}

/** The numbers of entries in the order of their hashes; those with the same hash in their own. */
function sortByHash(hashes: Uint32Array, length: number): Uint32Array {
  let order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  if (length <= SMALL) {
    return order.sort((a, b) => (hashes[a] as number) - (hashes[b] as number) || a - b);
  }
  const bits = length < LARGE ? 8 : 12;
  const places = new Uint32Array(1 << bits);
  let next = new Uint32Array(length);
  for (let shift = 0; shift < SORTED_BITS; shift += bits) {
    placesOf(hashes, length, shift, places);
    const mask = places.length - 1;
    for (let i = 0; i < length; i++) {
      const entry = order[i] as number;
      const digit = ((hashes[entry] as number) >>> shift) & mask;
      const place = places[digit] as number;
      places[digit] = place + 1;
      next[place] = entry;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Where the first hash with each digit goes. */
function placesOf(hashes: Uint32Array, length: number, shift: number, places: Uint32Array): void {
  const mask = places.length - 1;
  places.fill(0);
  for (let i = 0; i < length; i++) {
    const digit = ((hashes[i] as number) >>> shift) & mask;
    places[digit] = (places[digit] as number) + 1;
  }
  for (let digit = 0, sum = 0; digit <= mask; digit++) {
    const count = places[digit] as number;
    places[digit] = sum;
    sum += count;
  }
}
