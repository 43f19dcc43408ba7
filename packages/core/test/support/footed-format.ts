import {
  BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  type OffsetTable,
  type ReadPlan,
} from "../../src/index.ts";
import { readBlob, WINDOW_BYTES, walkBlobs, writeBlob } from "./blobs.ts";

/** A length that no blob has: a scan stops at a footer, whole or cut. */
const NO_LENGTH = new Uint8Array(8).fill(0xff);
const MAGIC = Uint8Array.from([0x46, 0x4f, 0x4f, 0x54]); // "FOOT"
const FOOTER_BYTES = 16;

/** Blobs before a footer, as ArrayRecord has one. */
export class FootedReader extends BaseIndexedReader<Uint8Array> {
  static override readonly format: string = "footed";

  /** What the footer says, for tests; `undefined` without one. */
  count: number | undefined;

  protected override *_open(): ReadPlan<void> {
    const at = this.source.size - FOOTER_BYTES;
    if (at < 0) return;
    const footer = yield { start: at, end: at + FOOTER_BYTES };
    if (NO_LENGTH.some((byte, i) => footer[i] !== byte)) return;
    if (MAGIC.some((byte, i) => footer[12 + i] !== byte)) return;
    this.count = new DataView(footer.buffer, footer.byteOffset).getUint32(8, true);
    this.end = at;
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

/** Writes blobs, and after each batch a footer that the next batch takes the place of. */
export class FootedWriter extends BaseIndexedWriter<Uint8Array> {
  static readonly Reader: typeof FootedReader = FootedReader;

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    writeBlob(value, out);
  }

  protected override _commit(out: ByteWriter, length: number): void {
    const footer = new Uint8Array(FOOTER_BYTES);
    footer.set(NO_LENGTH);
    new DataView(footer.buffer).setUint32(8, length, true);
    footer.set(MAGIC, 12);
    out.trailer(footer);
  }
}
