import {
  BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  type OffsetTable,
  type ReadPlan,
} from "../../src/index.ts";
import { readBlob, WINDOW_BYTES, walkBlobs, writeBlob } from "./blobs.ts";

/** Blobs, one after another, and nothing else. */
export class PlainReader extends BaseIndexedReader<Uint8Array> {
  static override readonly format: string = "plain";

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    let at = start;
    while (at < this.end) {
      const base = at;
      const window = yield { start: base, end: Math.min(base + WINDOW_BYTES, this.end) };
      at = walkBlobs(window, base, this.end, offsets);
      if (at === base) break;
    }
    return at;
  }

  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    return readBlob(bytes, index);
  }
}

/** Writes blobs. */
export class PlainWriter extends BaseIndexedWriter<Uint8Array> {
  static readonly Reader: typeof PlainReader = PlainReader;

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    writeBlob(value, out);
  }

  protected override _commit(_out: ByteWriter): void {} // every record is whole when it is appended
}
