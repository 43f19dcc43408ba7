import { NthrecError } from "@nthrec/core";

/** The largest distance of a `Date` from 1970, ms. */
const DATE_LIMIT = 8.64e15;

/** A point in time to the nanosecond, as MessagePack keeps it; a `Date` keeps milliseconds. */
export class Timestamp {
  /** Whole seconds since 1970, negative before it; up to 64 bits in a file, a safe integer here. */
  readonly seconds: number;
  /** Nanoseconds after them, from 0 to 999,999,999. */
  readonly nanoseconds: number;

  /** @throws {@link NthrecError} `NTH_INVALID_VALUE` for what is no safe integer, or nanoseconds out of range */
  constructor(seconds: number, nanoseconds = 0) {
    const sound = Number.isSafeInteger(seconds) && Number.isInteger(nanoseconds);
    if (!sound || nanoseconds < 0 || nanoseconds > 999_999_999) {
      throw new NthrecError(
        "NTH_INVALID_VALUE",
        `${seconds} s and ${nanoseconds} ns are no timestamp: both are integers, and nanoseconds lie in [0, 1e9)`,
      );
    }
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

  /** The timestamp of a date. */
  static fromDate(date: Date): Timestamp {
    const time = date.getTime();
    const seconds = Math.floor(time / 1000);
    return new Timestamp(seconds, (time - seconds * 1000) * 1e6);
  }

  /** The date, without what is below a millisecond; `undefined` beyond the years that a `Date` can hold. */
  toDate(): Date | undefined {
    const time = this.seconds * 1000 + Math.floor(this.nanoseconds / 1e6);
    return Math.abs(time) > DATE_LIMIT ? undefined : new Date(time);
  }
}
