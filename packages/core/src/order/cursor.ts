import { NthrecError } from "../errors.ts";
import { checkLength, checkWhole } from "./checks.ts";
import { Permutation } from "./permutation.ts";
import { FileOrder, type RecordOrder } from "./record-order.ts";
import type { Remainder } from "./shard.ts";

/** How far all workers together have come: two numbers, whatever the size of the data. */
export interface CursorState {
  /** Number of the pass over the data, from 0. */
  readonly epoch: number;
  /** Positions of that pass that are done. */
  readonly position: number;
}

/** What a {@link Cursor} runs over, and whose it is. */
export interface CursorOptions {
  /** Records in the data. */
  readonly length: number;
  /** Shuffles each pass by a {@link Permutation} of its own. @default none: the order of the file */
  readonly seed?: number | undefined;
  /** Rounds of the permutation. @default 4 */
  readonly rounds?: number | undefined;
  /** Passes over the data. @default without end */
  readonly epochs?: number | undefined;
  /** Number of this worker. @default 0 */
  readonly worker?: number | undefined;
  /** Workers in all. @default 1 */
  readonly workers?: number | undefined;
  /**
   * What becomes of a round that the end of a pass cuts: it goes on in the next pass (`"keep"`: every record exactly
   * once a pass), is left out (`"drop"`), or begins the same pass again (`"pad"`). @default "keep"
   */
  readonly remainder?: Remainder | undefined;
  /** Where to go on. @default the beginning */
  readonly state?: CursorState | undefined;
}

/**
 * Deals the record numbers of a shuffled data set out to workers, pass after pass, and can go on from two numbers.
 *
 * The workers take turns: in each round worker `w` takes the position `w` behind the state. When all have taken
 * equally many, as after a step of synchronous training, the state of each is the same, and any other number of workers goes on from
 * it without a record left out or taken twice.
 */
export class Cursor implements Iterable<number> {
  readonly #length: number;
  readonly #worker: number;
  readonly #workers: number;
  readonly #epochs: number;
  readonly #remainder: Remainder;
  readonly #orderOf: (epoch: number) => RecordOrder;
  #epoch: number;
  #position: number;
  #order: { readonly epoch: number; readonly order: RecordOrder } | undefined;

  /**
   * @throws {@link TypeError} when an option is none; {@link NthrecError} `NTH_INVALID_VALUE` for a state that does
   * not belong to these data, and for `"drop"` with more workers than records
   */
  constructor(options: CursorOptions) {
    const { length, seed, rounds, epochs = Number.POSITIVE_INFINITY, remainder = "keep" } = options;
    this.#length = checkLength(length);
    if (epochs !== Number.POSITIVE_INFINITY) {
      checkWhole(epochs, "a number of epochs", 0, Number.MAX_SAFE_INTEGER);
    }
    this.#epochs = length === 0 ? 0 : epochs;
    this.#workers = checkWhole(options.workers ?? 1, "a number of workers", 1, 2 ** 31);
    this.#worker = checkWhole(options.worker ?? 0, "a worker's number", 0, this.#workers - 1);
    if (remainder !== "keep" && remainder !== "drop" && remainder !== "pad") {
      throw new TypeError(`remainder is "keep", "drop" or "pad", not ${String(remainder)}`);
    }
    this.#remainder = remainder;
    if (remainder === "drop" && length > 0 && length < this.#workers) {
      const message = `${length} records are too few for ${this.#workers} workers: remainder "drop" leaves nothing`;
      throw new NthrecError("NTH_INVALID_VALUE", message);
    }
    // Numbers that are wrong are said so now, and not in the first round.
    if (seed !== undefined) new Permutation(0, seed, { rounds });
    this.#orderOf = (epoch) =>
      seed === undefined ? new FileOrder(length) : new Permutation(length, seed, { rounds, epoch });
    const state = checkState(options.state ?? { epoch: 0, position: 0 }, length, epochs);
    this.#epoch = state.epoch;
    this.#position = state.position;
    this.#settle();
  }

  /** How far all workers have come once each of them has taken as many records as this one. */
  get state(): CursorState {
    return { epoch: this.#epoch, position: this.#position };
  }

  /** Whether there is nothing left to take for anybody. */
  get done(): boolean {
    return this.#epoch >= this.#epochs;
  }

  /** The next record number of this worker; `undefined` behind the last one. */
  next(): number | undefined {
    if (this.done) return undefined;
    const place = this.#position + this.#worker;
    const ahead = this.#remainder === "keep" ? Math.floor(place / this.#length) : 0;
    const epoch = this.#epoch + ahead;
    const record = epoch < this.#epochs ? this.#record(epoch, place % this.#length) : undefined;
    this.#position += this.#workers;
    this.#settle();
    return record;
  }

  /** The next record numbers of this worker, `count` of them, or what is left; made for `getMany`. */
  take(count: number): number[] {
    checkWhole(count, "a number of records", 0, 2 ** 32 - 1);
    const records: number[] = [];
    while (records.length < count) {
      const record = this.next();
      if (record === undefined) break;
      records.push(record);
    }
    return records;
  }

  /** Takes one record number after the other; without `epochs`, for ever. Leaving the loop keeps the state. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let record = this.next(); record !== undefined; record = this.next()) yield record;
  }

  /** The state, so that `JSON.stringify(cursor)` is what to keep. */
  toJSON(): CursorState {
    return this.state;
  }

  #record(epoch: number, position: number): number {
    if (this.#order?.epoch !== epoch) this.#order = { epoch, order: this.#orderOf(epoch) };
    return this.#order.order.get(position);
  }

  /** Brings a position at or behind the end of a pass into the next one. */
  #settle(): void {
    if (this.#length === 0) return;
    const left = this.#length - this.#position;
    if (this.#remainder === "keep") {
      this.#epoch += Math.floor(this.#position / this.#length);
      this.#position %= this.#length;
    } else if (left <= 0 || (this.#remainder === "drop" && left < this.#workers)) {
      this.#epoch++;
      this.#position = 0;
    }
    if (this.done) [this.#epoch, this.#position] = [this.#epochs, 0];
  }
}

/** A state comes from a file: it is believed only as far as it fits. */
function checkState(state: CursorState, length: number, epochs: number): CursorState {
  const { epoch, position } = state;
  const whole = Number.isSafeInteger(epoch) && Number.isSafeInteger(position);
  const inside = whole && epoch >= 0 && position >= 0 && position <= length;
  const begun = inside && (epoch < epochs || (epoch === epochs && position === 0));
  if (begun) return { epoch, position };
  const text = `epoch ${String(epoch)}, position ${String(position)}`;
  const data = `${length} records and ${epochs} epochs`;
  throw new NthrecError("NTH_INVALID_VALUE", `a cursor over ${data} cannot stand at ${text}`);
}
