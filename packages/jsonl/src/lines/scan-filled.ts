import type { ByteRange, OffsetTable, ReadPlan } from "@nthrec/core";
import type { BlankRuns } from "./blank-runs.ts";
import { bomLength, isBlank, LINE_WINDOW, NEWLINE } from "./line-bytes.ts";

/**
 * Pushes the offset of each line of `range` that is not blank, and notes the blank ones.
 *
 * @param last Whether a last line without a newline is a record.
 * @returns Where the last line that was taken or left out ends.
 */
export function* scanFilled(
  offsets: OffsetTable,
  blanks: BlankRuns,
  range: ByteRange,
  last: boolean,
): ReadPlan<number> {
  let begin = range.start;
  let blank = true;
  let runBegin = begin;
  let runLines = 0;
  const closeRun = (): void => {
    if (runLines > 0) blanks.add(offsets.length, runBegin, runLines);
    runLines = 0;
  };
  const endLine = (): void => {
    if (blank && runLines++ === 0) runBegin = begin;
    if (!blank) {
      closeRun();
      offsets.push(begin);
    }
  };
  for (let at = range.start; at < range.end; ) {
    const window = yield { start: at, end: Math.min(at + LINE_WINDOW, range.end) };
    let from = at === 0 ? bomLength(window) : 0;
    for (let to = window.indexOf(NEWLINE); to >= 0; to = window.indexOf(NEWLINE, from)) {
      blank &&= isBlank(window, from, to);
      endLine();
      from = to + 1;
      begin = at + from;
      blank = true;
    }
    blank &&= isBlank(window, from, window.length);
    at += window.length;
  }
  const unended = begin < range.end && (last || blank);
  if (unended) endLine();
  closeRun();
  return unended ? range.end : begin;
}
