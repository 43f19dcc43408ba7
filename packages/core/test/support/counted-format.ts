import {
  BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
} from "../../src/index.ts";
import { readBlob, WINDOW_BYTES, walkBlobs, writeBlob } from "./blobs.ts";

const MAGIC = Uint8Array.from([0x43, 0x4e, 0x54, 0x31]); // "CNT1"
const COUNT_AT = 4;
const HEADER_BYTES = 8;

/** Blobs behind a header that says how many there are, as an array in MessagePack does. */
export class CountedReader extends BaseIndexedReader<Uint8Array> {
  static override readonly format: string = "counted";

  /** What the header says, for tests. */
  count = 0;

  protected override *_open(): ReadPlan<void> {
    if (this.source.size === 0) return; // a writer that was stopped before its first commit
    if (this.source.size < HEADER_BYTES) {
      throw new NthrecError("NTH_TRUNCATED", `${this.source.name} ends inside its header`);
    }
    const header = yield { start: 0, end: HEADER_BYTES };
    if (MAGIC.some((byte, i) => header[i] !== byte)) {
      throw new NthrecError("NTH_CORRUPTION", `${this.source.name} does not begin with CNT1`);
    }
    this.count = new DataView(header.buffer, header.byteOffset).getUint32(COUNT_AT, true);
    this.begin = HEADER_BYTES;
  }

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

/** Writes blobs and keeps the count in the header right. */
export class CountedWriter extends BaseIndexedWriter<Uint8Array> {
  static readonly Reader: typeof CountedReader = CountedReader;

  protected override *_resume(_reader: CountedReader, out: ByteWriter): ReadPlan<void> {
    if (out.position > 0) return;
    out.bytes(MAGIC);
    out.u32le(0);
  }

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    writeBlob(value, out);
  }

  protected override _commit(out: ByteWriter, length: number): void {
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, length, true);
    out.patch(COUNT_AT, count);
  }
}
