import {
  BaseIndexedReader,
  BaseIndexedWriter,
  type ByteWriter,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
  readVarint,
} from "@nthrec/core";

/** Bytes that one step of a scan asks for: small windows spend their time on asking. */
const WINDOW_BYTES = 1024 * 1024;

/** Reads length-delimited blobs: a varint length, then that many bytes. */
export class DelimitedReader extends BaseIndexedReader<Uint8Array> {
  static override readonly format: string = "delimited";

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    let at = start;
    while (at < this.end) {
      const base = at;
      const window = yield { start: base, end: Math.min(base + WINDOW_BYTES, this.end) };
      while (at < base + window.length) {
        const head = readVarint(window, at - base);
        if (head === undefined && at > base) break; // the window cuts the length: ask again from here
        const next = head === undefined ? Number.POSITIVE_INFINITY : at + head.width + head.value;
        if (next > this.end) return at; // a torn tail begins here
        offsets.push(at);
        at = next;
      }
    }
    return at;
  }

  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    const head = readVarint(bytes);
    if (head === undefined || head.width + head.value !== bytes.length) {
      throw new NthrecError("NTH_CORRUPTION", `record ${index} does not fill its frame`, { index });
    }
    return bytes.subarray(head.width);
  }
}

/** Writes length-delimited blobs. */
export class DelimitedWriter extends BaseIndexedWriter<Uint8Array> {
  static readonly Reader: typeof DelimitedReader = DelimitedReader;

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    if (!(value instanceof Uint8Array)) {
      throw new NthrecError("NTH_INVALID_VALUE", `a blob is a Uint8Array, not ${typeof value}`);
    }
    let rest = value.length;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.u8((rest % 128) | 0x80);
    out.u8(rest);
    out.bytes(value);
  }

  protected override _commit(_out: ByteWriter): void {} // nothing to complete: every record is whole when it is appended
}
