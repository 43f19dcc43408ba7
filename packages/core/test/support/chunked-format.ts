import {
  BaseIndexedReader,
  BaseIndexedWriter,
  type ByteRange,
  type ByteWriter,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
} from "../../src/index.ts";
import { checkBlob } from "./blobs.ts";

/** Chunks begin at multiples of this, so that a record's position tells its chunk and its number in it. */
const ALIGN = 64;
const HEADER_BYTES = 20;
const MAGIC = 0x4b4e4843; // "CHNK"
/** Records in a full chunk. */
const GROUP = 4;

/**
 * Blobs coded together in checksummed chunks: magic, records, body bytes, sum of the body, sum of the header; then
 * the body, a length and bytes for each record; then zeros up to the next multiple of 64.
 */
export class ChunkedReader extends BaseIndexedReader<Uint8Array> {
  static override readonly format: string = "chunked";

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    // A scan may begin at a record in the middle of its chunk.
    let at = start - (start % ALIGN);
    while (at < this.end) {
      if (at + HEADER_BYTES > this.end) return at;
      const head = parseHeader(yield { start: at, end: at + HEADER_BYTES }, at);
      const next = at + padded(HEADER_BYTES + head.bodyBytes);
      if (next > this.end) return at;
      for (let i = 0; i < head.records; i++) if (at + i >= start) offsets.push(at + i);
      at = next;
    }
    return at;
  }

  protected override _locate(index: number): ByteRange {
    const { offsets } = this;
    const start = chunkOf(offsets.at(index));
    let next = index + 1;
    while (next < offsets.length && chunkOf(offsets.at(next)) === start) next++;
    const end = next < offsets.length ? chunkOf(offsets.at(next)) : super._locate(next - 1)?.end;
    return { start, end: end ?? this.end };
  }

  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    const position = this.offsets.at(index);
    const within = position % ALIGN;
    const head = parseHeader(bytes, chunkOf(position));
    const body = bytes.subarray(HEADER_BYTES, HEADER_BYTES + head.bodyBytes);
    const fits = bytes.length === padded(HEADER_BYTES + head.bodyBytes);
    const named = within < head.records && this.#isWhole(index - within, head.records);
    if (!fits || sum(body) !== head.bodySum || !named) {
      throw damaged(index);
    }
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    let at = 0;
    for (let i = 0; i < within; i++) at += 4 + view.getUint32(at, true);
    return body.slice(at + 4, at + 4 + view.getUint32(at, true));
  }

  /** Whether the offsets name the records of a chunk one by one: the bytes of a chunk fit any index that forgets one. */
  #isWhole(first: number, records: number): boolean {
    const { offsets } = this;
    if (first < 0 || first + records > offsets.length) return false;
    const begin = chunkOf(offsets.at(first));
    for (let i = 0; i < records; i++) if (offsets.at(first + i) !== begin + i) return false;
    return first + records === offsets.length || chunkOf(offsets.at(first + records)) > begin;
  }
}

/** Gathers blobs and writes a chunk when the group is full, and at every commit. */
export class ChunkedWriter extends BaseIndexedWriter<Uint8Array> {
  static readonly Reader: typeof ChunkedReader = ChunkedReader;
  protected override readonly gathers: boolean = true;
  #group: Uint8Array[] = [];

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    checkBlob(value);
    this.#group.push(value.slice());
    if (this.#group.length === GROUP) this.#flush(out);
  }

  protected override _commit(out: ByteWriter): void {
    if (this.#group.length > 0) this.#flush(out);
  }

  #flush(out: ByteWriter): void {
    const bodyBytes = this.#group.reduce((total, blob) => total + 4 + blob.length, 0);
    const chunk = new Uint8Array(padded(HEADER_BYTES + bodyBytes));
    const view = new DataView(chunk.buffer);
    let at = HEADER_BYTES;
    for (const blob of this.#group) {
      view.setUint32(at, blob.length, true);
      chunk.set(blob, at + 4);
      at += 4 + blob.length;
    }
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, this.#group.length, true);
    view.setUint32(8, bodyBytes, true);
    view.setUint32(12, sum(chunk.subarray(HEADER_BYTES, at)), true);
    view.setUint32(16, sum(chunk.subarray(0, 16)), true);
    this.#group = [];
    out.bytes(chunk);
  }
}

interface ChunkHeader {
  readonly records: number;
  readonly bodyBytes: number;
  readonly bodySum: number;
}

function parseHeader(bytes: Uint8Array, at: number): ChunkHeader {
  if (bytes.length >= HEADER_BYTES) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sound = view.getUint32(0, true) === MAGIC;
    if (sound && sum(bytes.subarray(0, 16)) === view.getUint32(16, true)) {
      return {
        records: view.getUint32(4, true),
        bodyBytes: view.getUint32(8, true),
        bodySum: view.getUint32(12, true),
      };
    }
  }
  throw new NthrecError("NTH_CORRUPTION", `no chunk begins at byte ${at}`, { offset: at });
}

function damaged(index: number): NthrecError {
  return new NthrecError("NTH_CORRUPTION", `the chunk of record ${index} is damaged`, { index });
}

function chunkOf(position: number): number {
  return position - (position % ALIGN);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

/** FNV-1a: enough for one flipped bit. */
function sum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
