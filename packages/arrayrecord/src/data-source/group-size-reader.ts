import type { ReadPlan } from "@nthrec/core";
import type { ArrayRecordReaderOptions } from "../records/array-record-options.ts";
import { ArrayRecordReader } from "../records/array-record-reader.ts";
import { checkGroupSize, type GroupSizeListener } from "./check-group-size.ts";

/** The options of {@link GroupSizeReader}. */
export interface GroupSizeOptions extends ArrayRecordReaderOptions {
  readonly onGroupSize?: GroupSizeListener | undefined;
}

/** Tells of files whose groups are slow to read at random. */
export class GroupSizeReader extends ArrayRecordReader {
  protected override *_open(): ReadPlan<void> {
    yield* super._open();
    checkGroupSize(this.source.name, this, (this.options as GroupSizeOptions).onGroupSize);
  }
}
