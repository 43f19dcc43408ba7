import { BaseIndexedReader, NthrecError, type OffsetTable, type ReadPlan } from "@nthrec/core";
import { maskedCrc } from "../crc32c/masked-crc.ts";
import { FRAME_BYTES, HEAD_BYTES, lengthAt, u32At } from "./frame.ts";
import { kindOfFile } from "./kind-of-file.ts";
import { nextFrame } from "./next-frame.ts";
import type { ChecksumLevel, TFRecordReaderOptions } from "./record-options.ts";
import { type Damage, type FrameScan, scanHeads, scanPayloads } from "./scan-frames.ts";

/** Reads the n-th record of a TFRecord file, as the bytes that were written. */
export class TFRecordReader extends BaseIndexedReader<Uint8Array, TFRecordReaderOptions> {
  /** Not `.idx`, which beside a TFRecord file is DALI's text index. */
  static override readonly indexSuffix: string = ".idv1";
  static override readonly format: string = "tfrecord";

  readonly #built: ChecksumLevel = levelOf(this.options.checksums, "frame");
  readonly #read: ChecksumLevel = levelOf(this.options.checksums, "payload");

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const scan: FrameScan = {
      end: this.end,
      heads: this.#built !== "none",
      hops: "readSync" in this.source,
      damaged: (at, damage, head) => this._damaged(at, damage, head, offsets.length),
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
    const { name } = this.source;
    const kind = at === 0 && damage === "length" ? kindOfFile(head) : undefined;
    if (kind === "GZIP" || kind === "ZLIB") {
      const message = `${name} is compressed as a whole (${kind}): inflate it to read records by number`;
      throw new NthrecError("NTH_NOT_SUPPORTED", message, { source: name, offset: 0 });
    }
    const what = {
      length: "its length does not fit its checksum",
      beyond: "its length is over 2^53 bytes",
      payload: "its payload does not fit its checksum",
    }[damage];
    const hint =
      kind !== undefined
        ? `this looks like ${kind}`
        : at === 0
          ? "is this a TFRecord file?"
          : "TFRecordWriter.repair keeps every other record";
    throw new NthrecError(
      "NTH_CORRUPTION",
      `record ${index} of ${name} (byte ${at}): ${what}; ${hint}`,
      { source: name, index, offset: at },
    );
  }
}

function levelOf(level: ChecksumLevel | undefined, otherwise: ChecksumLevel): ChecksumLevel {
  if (level === undefined) return otherwise;
  if (level === "none" || level === "frame" || level === "payload") return level;
  throw new TypeError(`checksums is "none", "frame" or "payload", not ${String(level)}`);
}
