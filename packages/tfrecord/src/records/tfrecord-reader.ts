import {
  BaseIndexedReader,
  type ByteRange,
  type DataInput,
  type Loss,
  NthrecError,
  type OffsetTable,
  type PlainFrames,
  type ReaderClass,
  type ReadPlan,
} from "@nthrec/core";
import { plainData } from "../compression/plain-data.ts";
import { maskedCrc } from "../crc32c/masked-crc.ts";
import type { TFRecordIndexEntry } from "../dali/index-entry.ts";
import { damageError } from "./damage-error.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "./frame.ts";
import { FrameCheck } from "./frame-check.ts";
import { nextFrame } from "./next-frame.ts";
import {
  type ChecksumLevel,
  levelOf,
  skipsDamage,
  type TFRecordReaderOptions,
} from "./record-options.ts";
import { type Damage, type FrameScan, scanHeads } from "./scan-frames.ts";
import { scanPayloads } from "./scan-payloads.ts";

/** Reads the n-th record of a TFRecord file, as the bytes that were written. */
export class TFRecordReader extends BaseIndexedReader<Uint8Array, TFRecordReaderOptions> {
  /** Not `.idx`, which beside a TFRecord file is DALI's text index. */
  static override readonly indexSuffix: string = ".idv1";
  static override readonly format: string = "tfrecord";

  readonly #built: ChecksumLevel = levelOf(this.options.checksums, "frame");
  readonly #read: ChecksumLevel = levelOf(this.options.checksums, "payload");
  readonly #skips: boolean = skipsDamage(this.options);
  protected override readonly privateIndex: boolean =
    this.#skips || this.options.entries !== undefined;
  /** Places that were passed over, and the numbers of the records before them, which end where they begin. */
  readonly #losses: Loss[] = [];
  readonly #cut: Map<number, number> = new Map();
  /** Where the record ends whose payload stopped the scan. */
  #behind: number | undefined;

  /**
   * {@link BaseIndexedReader.open}, for compressed files, too, if the option `inflate` says where to.
   *
   * @throws {@link NthrecError} also `NTH_NOT_SUPPORTED` for a compressed file without that option, and
   * `NTH_READONLY` where the place cannot be written
   */
  static override async open<R extends BaseIndexedReader<unknown>, P extends TFRecordReaderOptions>(
    this: ReaderClass<R, P>,
    data: DataInput,
    options?: P,
  ): Promise<R> {
    // A generic method loses its types in `call` unless they are named.
    const open: (this: ReaderClass<R, P>, data: DataInput, options?: P) => Promise<R> = super.open;
    return await open.call(this, await plainData(data, options), options);
  }

  protected override get plain(): PlainFrames | undefined {
    // Not for a class that reads records in its own way.
    const { _get, _frames, _locate } = TFRecordReader.prototype;
    const own = this._get === _get && this._frames === _frames && this._locate === _locate;
    return own && !this.privateIndex ? new FrameCheck(this.#read) : undefined;
  }

  /** Places without a record that `damage: "skip"` passed over, in order. */
  get losses(): readonly Loss[] {
    return (this.current as TFRecordReader).#losses;
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const { entries } = this.options;
    if (entries !== undefined) return this.#take(entries, offsets);
    if (!this.#skips) return yield* this.#scan(offsets, start);
    let at = yield* this.#scan(offsets, start);
    while (at < this.end) {
      // Behind a sound length the next record begins; else it is looked for.
      const next = this.#behind ?? (yield* nextFrame(at + 1, this.end)) ?? this.end;
      this.#lose(offsets.length, at, next);
      at = yield* this.#scan(offsets, next);
    }
    return at;
  }

  protected override _locate(index: number): ByteRange | undefined {
    const entry = this.options.entries?.[index];
    if (entry !== undefined) return { start: entry[0], end: entry[0] + entry[1] };
    const range = super._locate(index);
    const end = this.#cut.get(index);
    return range === undefined || end === undefined ? range : { start: range.start, end };
  }

  /** Takes the places of records from an index that was given. */
  #take(entries: readonly TFRecordIndexEntry[], offsets: OffsetTable): number {
    for (const [i, [offset, size]] of entries.entries()) {
      const sound = Number.isSafeInteger(offset) && offset >= 0 && size >= FRAME_BYTES;
      if (!sound || !(offset + size <= this.end) || !Number.isInteger(size)) {
        const { name } = this.source;
        const message = `entry ${i} names bytes ${offset} to ${offset + size} of ${name}, which has ${this.end}: it is another file's, or damaged`;
        throw new NthrecError("NTH_INDEX_INVALID", message, { source: name, index: i });
      }
      // Offsets rise, entries need not: the number stands for the place, which _locate knows.
      offsets.push(i);
    }
    return this.end;
  }

  #lose(records: number, start: number, end: number): void {
    const reason =
      this.#behind === undefined
        ? "no whole record begins here"
        : "its payload does not fit its checksum";
    const loss = { start, end, reason };
    // Of several places in a row the first one ends the record.
    if (records > 0 && !this.#cut.has(records - 1)) this.#cut.set(records - 1, start);
    this.#losses.push(loss);
    this.options.onLoss?.(loss);
  }

  *#scan(offsets: OffsetTable, start: number): ReadPlan<number> {
    this.#behind = undefined;
    const scan: FrameScan = {
      end: this.end,
      heads: this.#built !== "none",
      hops: "readSync" in this.source,
      damaged: (at, damage, head, next) => {
        this.#behind = next;
        if (!this.#skips) this._damaged(at, damage, head, offsets.length);
      },
    };
    return yield* this.#built === "payload"
      ? scanPayloads(offsets, start, scan)
      : scanHeads(offsets, start, scan);
  }

  protected override _frames(bytes: Uint8Array): boolean {
    if (bytes.length < FRAME_BYTES) return false;
    return lengthAt(bytes, 0, this.#read !== "none") === bytes.length - FRAME_BYTES;
  }

  protected override _get(bytes: Uint8Array): Uint8Array {
    const end = bytes.length - 4;
    // A plain Uint8Array even over a Buffer, and faster than `subarray`.
    const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + HEAD_BYTES, end - HEAD_BYTES);
    if (this.#read === "payload" && maskedCrc(payload) !== u32At(bytes, end)) {
      throw new NthrecError(
        "NTH_CORRUPTION",
        'its payload does not fit its checksum (checksums: "frame" reads it all the same)',
      );
    }
    return payload;
  }

  protected override *_resync(start: number): ReadPlan<number | undefined> {
    return yield* nextFrame(start + 1, this.end);
  }

  /** Ends a scan that met damage which no cut file has: what follows may be sound, and must not be dropped silently. */
  protected _damaged(at: number, damage: Damage, head: Uint8Array, index: number): void {
    throw damageError({ name: this.source.name, at, damage, head, index });
  }
}
