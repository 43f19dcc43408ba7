import { NthrecError } from "../errors.ts";

/** Record numbers in an order that is computed, not stored: position `p` names record `get(p)`. */
export abstract class RecordOrder implements Iterable<number> {
  /** Positions. */
  abstract readonly length: number;

  /** The record at a position that exists. */
  protected abstract _record(position: number): number;

  /** The first position of a record, `undefined` where the order does not name it. */
  abstract positionOf(record: number): number | undefined;

  /**
   * The number of the record at `position`, `0 ≤ position < length`.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE`
   */
  get(position: number): number {
    if (position >= 0 && position < this.length && Number.isInteger(position)) {
      return this._record(position);
    }
    if (!Number.isInteger(position)) {
      throw new TypeError(`a position is an integer, not ${String(position)}`);
    }
    const message = `position ${position} does not exist: the order has ${this.length} positions`;
    throw new NthrecError("NTH_OUT_OF_RANGE", message, { index: position });
  }

  /** The record numbers at `[start, end)`, as `Array.prototype.slice` counts; made for `getMany`. */
  slice(start = 0, end: number = this.length): number[] {
    const from = this.#absolute(start);
    const records: number[] = [];
    for (let position = from; position < this.#absolute(end); position++) {
      records.push(this._record(position));
    }
    return records;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (let position = 0; position < this.length; position++) yield this._record(position);
  }

  #absolute(position: number): number {
    const whole = Math.trunc(position) || 0;
    const from = whole < 0 ? whole + this.length : whole;
    return Math.min(this.length, Math.max(0, from));
  }
}

/** Every record in the order of the file. */
export class FileOrder extends RecordOrder {
  readonly length: number;

  constructor(length: number) {
    super();
    this.length = length;
  }

  positionOf(record: number): number | undefined {
    return Number.isInteger(record) && record >= 0 && record < this.length ? record : undefined;
  }

  protected _record(position: number): number {
    return position;
  }
}
