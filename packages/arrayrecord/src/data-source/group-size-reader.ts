import type { ReadPlan } from "@nthrec/core";
import type { ArrayRecordReaderOptions } from "../records/array-record-options.ts";
import { ArrayRecordReader } from "../records/array-record-reader.ts";

/** Told the name of a file, and how many records a read of one of them decodes. */
export type GroupSizeListener = (name: string, groupSize: number) => void;

/** The options of {@link GroupSizeReader}. */
export interface GroupSizeOptions extends ArrayRecordReaderOptions {
  readonly onGroupSize?: GroupSizeListener | undefined;
}

/** Tells of files whose groups are slow to read at random. */
export class GroupSizeReader extends ArrayRecordReader {
  protected override *_open(): ReadPlan<void> {
    yield* super._open();
    const { groupSize } = this;
    if (groupSize > 1) {
      (this.options as GroupSizeOptions).onGroupSize?.(this.source.name, groupSize);
    }
  }
}
