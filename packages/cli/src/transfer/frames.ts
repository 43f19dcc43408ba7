import {
  BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  type OffsetTable,
  type ReadPlan,
} from "@nthrec/core";
import type { LoadedFormat } from "../formats/cli-format.ts";

/** What a reader of any format is to a subclass. */
declare class AnyReader extends BaseIndexedReader<unknown> {
  protected override _buildIndex(offsets: OffsetTable, start: number): ReadPlan<number>;
  protected override _get(bytes: Uint8Array, index: number): unknown;
}

/** What a writer of any format is to a subclass. */
declare class AnyWriter extends BaseIndexedWriter<unknown> {
  protected override _append(value: unknown, out: ByteWriter): void;
  protected override _commit(out: ByteWriter, length: number): void;
}

/**
 * A format whose records are the frames of another one's, as they are in the file.
 *
 * @param check Whether a record must be whole to be read.
 */
export function overFrames(format: LoadedFormat, check: boolean): LoadedFormat {
  class FrameReader extends (format.Reader as unknown as typeof AnyReader) {
    protected override _get(bytes: Uint8Array, index: number): Uint8Array {
      if (check) super._get(bytes, index);
      // Core may use its buffer again.
      return (format.freeFrame?.(bytes, index) ?? bytes).slice();
    }
  }
  class FrameWriter extends (format.Writer as unknown as typeof AnyWriter) {
    protected override _append(frame: unknown, out: ByteWriter): void {
      this._copy(frame as Uint8Array, undefined, out);
    }
  }
  return { ...format, Reader: FrameReader as never, Writer: FrameWriter as never };
}

/** Whether a format writes records together, so that none has a frame of its own. */
export function gathers(Writer: NonNullable<LoadedFormat["Writer"]>): boolean {
  return (new Writer() as unknown as { gathers: boolean }).gathers;
}
