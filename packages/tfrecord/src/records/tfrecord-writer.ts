import {
  BaseIndexedWriter,
  type ByteWriter,
  type RepairOptions,
  type RepairReport,
  type StoreEntry,
  type WriterClass,
} from "@nthrec/core";
import type { TFRecordWriterOptions } from "./record-options.ts";
import { TFRecordReader } from "./tfrecord-reader.ts";
import { writeFrame } from "./write-frame.ts";

/** Writes TFRecord files: any bytes are a record. */
export class TFRecordWriter extends BaseIndexedWriter<Uint8Array, TFRecordWriterOptions> {
  static readonly Reader: typeof TFRecordReader = TFRecordReader;

  /**
   * Keeps every whole record of a damaged file, byte for byte. A damaged payload costs its record; after a damaged
   * length the next place is searched where a length and a payload fit their checksums.
   *
   * @see {@link BaseIndexedWriter.repair}
   */
  static override repair<W extends BaseIndexedWriter<never>, P extends TFRecordWriterOptions>(
    this: WriterClass<W, P>,
    data: string | URL | StoreEntry,
    options: RepairOptions,
  ): Promise<RepairReport> {
    return super.repair.call(SalvageWriter, data, options);
  }

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    writeFrame(value, out);
  }

  protected override _commit(): void {}
}

/** A scan ends where damage begins, so that a repair can look for what is behind it. */
class SalvageReader extends TFRecordReader {
  protected override _damaged(): void {}
}

class SalvageWriter extends TFRecordWriter {
  static override readonly Reader: typeof SalvageReader = SalvageReader;
}
