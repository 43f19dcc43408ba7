import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BucketFile, ITEM_HEAD_BYTES } from "./bucket-file.ts";
import { KEY_BYTES, LEADS, leadOf, OrderKeys } from "./order-keys.ts";

/** Files that are filled at once, at most. */
const MOST_BUCKETS = 256;
/** What a record takes besides its bytes while its bucket is put in order. */
const ORDER_BYTES = 24;

/** What an external shuffle works with. */
export interface ShuffleSettings {
  readonly seed: number;
  /** Bytes of records held at once, about; a record that is larger is held all the same. */
  readonly memory: number;
  /** Bytes of all records, about: how many buckets are made at first. */
  readonly size: number;
  /** A folder for the buckets. */
  readonly folder: string;
}

/**
 * Puts records into the order of their keys with bounded memory: deals them to files by the beginnings of the keys, then puts
 * each file in order in memory. The order depends on the seed and the number of records, and on nothing else.
 */
export class ExternalShuffle {
  readonly #settings: ShuffleSettings;
  readonly #keys: OrderKeys;
  readonly #buckets: readonly BucketFile[];
  #numbers = 0;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(settings: ShuffleSettings) {
    this.#settings = settings;
    this.#keys = new OrderKeys(settings.seed);
    mkdirSync(settings.folder, { recursive: true });
    this.#buckets = this.#dealTo(settings.size, 0, LEADS);
  }

  /** Takes the next record. */
  add(record: Uint8Array): void {
    put(this.#buckets, 0, LEADS, this.#keys.next(), record);
  }

  /** All records in their new order; each is valid until the next one is asked for. */
  *records(): Generator<Uint8Array> {
    yield* this.#ordered(this.#buckets);
  }

  *#ordered(buckets: readonly BucketFile[]): Generator<Uint8Array> {
    for (const bucket of buckets) bucket.seal();
    for (const bucket of buckets) {
      if (bucket.items > 0) yield* this.#inOrder(bucket);
      bucket.remove();
    }
  }

  *#inOrder(bucket: BucketFile): Generator<Uint8Array> {
    const { items, bytes, from, to } = bucket;
    const fits = bytes + items * ORDER_BYTES <= this.#settings.memory;
    if (fits || items === 1 || to - from <= 1) {
      yield* this.#sorted(bucket);
      return;
    }
    const parts = this.#dealTo(bytes, from, to);
    for (const { key, item } of bucket.each()) put(parts, from, to, key, item);
    bucket.remove();
    yield* this.#ordered(parts);
  }

  *#sorted(bucket: BucketFile): Generator<Uint8Array> {
    const { items, bytes } = bucket;
    // One buffer serves all buckets: fresh ones would wait for the collector.
    if (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    const buffer = this.#buffer;
    bucket.readInto(buffer);
    const starts = new Float64Array(items);
    const leads = new Float64Array(items);
    for (let i = 0, at = 0; i < items; i++) {
      starts[i] = at;
      leads[i] = leadOf(buffer, at);
      at += ITEM_HEAD_BYTES + buffer.readUIntLE(at + KEY_BYTES, 6);
    }
    const order = Uint32Array.from({ length: items }, (_, i) => i);
    const startOf = (i: number): number => starts[i] as number;
    order.sort((a, b) => {
      const difference = (leads[a] as number) - (leads[b] as number);
      if (difference !== 0 || a === b) return difference;
      const [x, y] = [startOf(a), startOf(b)];
      return buffer.compare(buffer, y, y + KEY_BYTES, x, x + KEY_BYTES);
    });
    for (const i of order) {
      const start = startOf(i) + ITEM_HEAD_BYTES;
      yield buffer.subarray(start, start + buffer.readUIntLE(start - 6, 6));
    }
  }

  /** Empty buckets for so many bytes: each should need half of the memory. */
  #dealTo(bytes: number, from: number, to: number): BucketFile[] {
    const { memory, folder } = this.#settings;
    const most = Math.max(2, Math.min(MOST_BUCKETS, memory / 4 / BucketFile.bufferBytes));
    const count = Math.ceil(Math.min(most, to - from, Math.max(1, (2 * bytes) / memory)));
    const border = (i: number): number => from + Math.ceil(((to - from) / count) * i);
    return Array.from({ length: count }, (_, i) => {
      return new BucketFile(join(folder, String(this.#numbers++)), border(i), border(i + 1));
    });
  }
}

/** Puts a record into the bucket that its key belongs to. */
function put(
  buckets: readonly BucketFile[],
  from: number,
  to: number,
  key: Buffer,
  item: Uint8Array,
): void {
  const lead = leadOf(key, 0);
  let at = Math.min(buckets.length - 1, Math.floor(((lead - from) / (to - from)) * buckets.length));
  // Borders are whole numbers, which the division may miss by one.
  while (lead < (buckets[at] as BucketFile).from) at--;
  while (lead >= (buckets[at] as BucketFile).to) at++;
  (buckets[at] as BucketFile).add(key, item);
}
