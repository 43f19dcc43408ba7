import {
  BaseIndexedReader,
  indexOfByte,
  NthrecError,
  type OffsetTable,
  type ReaderOptions,
  type ReadPlan,
} from "@nthrec/core";
import { LINE_WINDOW, NEWLINE } from "./line-bytes.ts";

/** What the line formats share: a record is everything up to a newline, and the last record may lack its own. */
export abstract class LineReader<
  T,
  O extends ReaderOptions = ReaderOptions,
> extends BaseIndexedReader<T, O> {
  // Most producers leave no newline at the end of their files.
  protected override readonly defaultTail = "record";
  // A record must follow a newline, or the index that says where it begins is wrong.
  protected override readonly lead = 1;
  protected override readonly borrows = true;

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    let begin = start;
    for (let at = start; at < this.end; ) {
      const window = yield { start: at, end: Math.min(at + LINE_WINDOW, this.end) };
      for (let to = window.indexOf(NEWLINE); to >= 0; to = window.indexOf(NEWLINE, to + 1)) {
        offsets.push(begin);
        begin = at + to + 1;
      }
      at += window.length;
    }
    if (begin === this.end || this.tail !== "record") return begin;
    offsets.push(begin);
    return this.end;
  }

  /** One newline at the end, none inside, and one before; only the last record of a file may have none at all. */
  protected override _frames(bytes: Uint8Array, before: number | undefined): boolean {
    if (before !== undefined && before !== NEWLINE) return false;
    const newline = indexOfByte(bytes, NEWLINE);
    return newline === bytes.length - 1 || newline < 0;
  }

  protected override _get(bytes: Uint8Array, index: number): T {
    if (bytes[bytes.length - 1] !== NEWLINE && index !== this.offsets.length - 1) {
      throw new NthrecError("NTH_CORRUPTION", "its bytes do not end with a newline");
    }
    return this._getLine(bytes, index);
  }

  /** Required. Turns the bytes of one line into the record; the newline is among them, if the line has one. */
  protected abstract _getLine(bytes: Uint8Array, index: number): T;
}
