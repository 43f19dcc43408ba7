import {
  type AbortOptions,
  BaseIndexedReader,
  type ByteRange,
  checkChoice,
  isNthrecError,
  NthrecError,
  type OffsetTable,
  type ReadPlan,
} from "@nthrec/core";
import { copyBytes } from "../bytes/copy-bytes.ts";
import { type ChunkRecords, recordAt } from "../chunk/chunk-records.ts";
import { decodeChunk, holdsRecords } from "../chunk/decode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { codecsWith, prepareDecoders } from "../codecs/prepared.ts";
import { corrupt } from "../errors.ts";
import { ChunkType } from "../framing/chunk-header.ts";
import { DamagedChunk } from "../framing/damaged-chunk.ts";
import {
  type Chunk,
  type FramedHeader,
  parseChunk,
  parseHeader,
  usedBytes,
} from "../framing/parse-chunk.ts";
import { ChunkCache } from "../records/chunk-cache.ts";
import { chunkAround } from "./chunk-around.ts";
import { goNow, goSoon, positionOf, seek } from "./record-positions.ts";
import { runEnd, runStart } from "./record-runs.ts";
import { parseRecordsMetadata, type RecordsMetadata } from "./records-metadata.ts";
import { resumeAfter } from "./resume-after.ts";
import type { RiegeliReaderOptions } from "./riegeli-options.ts";

const CACHE_BYTES = 32 * 1024 * 1024;
const WINDOW_BYTES = 1024 * 1024;
/** A chunk header with a block header in it. */
const HEADER_BYTES = 64;

/** Reads the n-th record of a plain Riegeli file; an index of where its records are lies beside it, as `<data>.idv1`. */
export class RiegeliReader extends BaseIndexedReader<Uint8Array, RiegeliReaderOptions> {
  static override readonly indexSuffix: string = ".idv1";
  static override readonly format: string = "riegeli";

  protected override readonly borrows: boolean = true;
  protected override readonly privateIndex: boolean = this.options.damage === "skip";
  readonly #codecs: Codecs = codecsWith(this.options.codecs);
  readonly #cache: ChunkCache = new ChunkCache(this.options.cacheBytes ?? CACHE_BYTES);
  #metadata: RecordsMetadata | undefined;

  /** Loads what decompresses, after which `openSync` can read compressed files; `open` does it by itself. */
  static async prepare(): Promise<void> {
    await prepareDecoders();
  }

  /** What the file says of its records; `undefined` when it says nothing. */
  get metadata(): RecordsMetadata | undefined {
    return this.current.#metadata;
  }

  /**
   * The position of a record, in bytes: where its chunk begins, plus its number in the chunk.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE` where there is no such record
   */
  positionOf(index: number, options?: AbortOptions): Promise<number> {
    return goSoon(positionOf(index), (i) => this.locate(i, options));
  }

  /** {@link RiegeliReader.positionOf}, before it returns. */
  positionOfSync(index: number): number {
    return goNow(positionOf(index), (i) => this.locateSync(i));
  }

  /**
   * Finds the number of the first record whose position is `position`, in bytes, or more; `length` where there is none.
   *
   * @throws {@link NthrecError} `NTH_OUT_OF_RANGE` for one below 0
   * @throws {@link TypeError} for one that is no integer
   */
  seek(position: number, options?: AbortOptions): Promise<number> {
    return goSoon(seek(position, this.length), (i) => this.locate(i, options));
  }

  /** {@link RiegeliReader.seek}, before it returns. */
  seekSync(position: number): number {
    return goNow(seek(position, this.length), (i) => this.locateSync(i));
  }

  protected override *_open(): ReadPlan<void> {
    checkChoice("damage", this.options.damage, ["error", "skip"]);
    let at = 0;
    while (at < this.end) {
      const header = yield* this.#header(at, at > 0 || this.#skips);
      if (header === undefined || holdsRecords(header.type)) break;
      if (header.type === ChunkType.metadata) this.#metadata = yield* this.#readMetadata(header);
      at = header.end;
    }
    // Whoever skips damage may meet it here: records then begin wherever the scan finds them.
    if (!this.#skips) this.begin = at;
  }

  protected override *_buildIndex(offsets: OffsetTable, start: number): ReadPlan<number> {
    const last = offsets.length - 1;
    // A scan may begin in the middle of a chunk whose first records are known.
    const inside = last >= 0 && offsets.at(last) === start - 1;
    let at = inside ? offsets.at(runStart(offsets, last)) : start;
    let window: Uint8Array = new Uint8Array(0);
    let base = at;
    while (at < this.end) {
      if (at - base + HEADER_BYTES > window.length && base + window.length < this.end) {
        base = at;
        window = yield { start: at, end: Math.min(this.end, at + WINDOW_BYTES) };
      }
      try {
        const header = parseHeader(window.subarray(at - base), at, this.end);
        if (this.#skips) {
          const used = at + usedBytes(header);
          if (used > base + window.length) {
            base = at;
            window = yield { start: at, end: used };
          }
          const chunk = parseChunk(window.subarray(at - base), at, this.end);
          if (holdsRecords(chunk.type)) decodeChunk(chunk, this.#codecs);
        }
        this.#push(offsets, header, start);
        at = header.end;
        if (at > base + window.length) window = window.subarray(0, 0);
        if (window.length === 0) base = at;
      } catch (error) {
        if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) throw error;
        if (!this.#skips) {
          if (error.code === "NTH_TRUNCATED") return at;
          throw error;
        }
        at = yield* this.#skip(at, error);
        window = window.subarray(0, 0);
        base = at;
      }
    }
    return Math.min(at, this.end);
  }

  protected override _locate(index: number): ByteRange {
    const { offsets } = this;
    const start = offsets.at(runStart(offsets, index));
    const next = runEnd(offsets, index);
    if (next < offsets.length) return { start, end: offsets.at(next) };
    const end = super._locate(offsets.length - 1)?.end;
    return { start, end: end ?? this.end };
  }

  protected override _cached(index: number): boolean {
    const { offsets } = this;
    const begin = offsets.at(runStart(offsets, index));
    const records = this.#cache.get(begin);
    const inside = records !== undefined && offsets.at(index) - begin < records.ends.length;
    return inside && this.#cache.promise(begin);
  }

  protected override _get(bytes: Uint8Array, index: number): Uint8Array {
    const { offsets } = this;
    const position = offsets.at(index);
    const begin = offsets.at(runStart(offsets, index));
    const known = bytes.length === 0 ? this.#cache.redeem(begin) : this.#cache.get(begin);
    if (known !== undefined && position - begin < known.ends.length) {
      return copyBytes(recordAt(known, position - begin));
    }
    if (bytes.length === 0) {
      throw new NthrecError("NTH_SHORT_READ", "a chunk left memory while it was waited for");
    }
    const chunk = chunkAround(bytes, begin, position);
    this.#checkIndex(chunk, index, position - chunk.begin);
    const records = decodeChunk(chunk, this.#codecs);
    const owned: ChunkRecords =
      records.bytes.buffer === bytes.buffer
        ? { ...records, bytes: copyBytes(records.bytes) }
        : records;
    this.#cache.put(chunk.begin, owned);
    return copyBytes(recordAt(owned, position - chunk.begin));
  }

  get #skips(): boolean {
    return this.options.damage === "skip";
  }

  /** Whether the index names all records of the chunk, and none of another: its bytes alone cannot tell. */
  #checkIndex({ begin, end, numRecords }: Chunk, index: number, inner: number): void {
    const { offsets } = this;
    const first = index - inner;
    const behind = first + numRecords;
    const whole =
      first >= 0 &&
      behind <= offsets.length &&
      offsets.at(first) === begin &&
      offsets.at(behind - 1) === begin + numRecords - 1 &&
      (behind === offsets.length || offsets.at(behind) >= end);
    if (!whole) throw corrupt(`the index does not fit the chunk at byte ${begin}`);
  }

  #push(offsets: OffsetTable, { begin, type, numRecords }: FramedHeader, start: number): void {
    if (numRecords === 0) return;
    if (!holdsRecords(type)) throw corrupt(`the chunk at byte ${begin} is of unknown type ${type}`);
    for (let i = Math.max(0, start - begin); i < numRecords; i++) offsets.push(begin + i);
  }

  /** Passes over damage; answers where reading goes on. */
  *#skip(at: number, error: NthrecError): ReadPlan<number> {
    const decoded = !(error instanceof DamagedChunk);
    let next: number | undefined;
    if (decoded) next = (yield* this.#header(at))?.end;
    else next = yield* resumeAfter(error, at, this.end);
    const end = next ?? this.end;
    this.options.onSkipped?.({ start: at, end, reason: error.message });
    return end;
  }

  /** The header of the chunk at `at`; `undefined` when the file ends before, or, `mayBeDamaged`, for others to tell about. */
  *#header(at: number, mayBeDamaged = false): ReadPlan<FramedHeader | undefined> {
    const bytes = yield { start: at, end: Math.min(this.end, at + HEADER_BYTES) };
    try {
      return parseHeader(bytes, at, this.end);
    } catch (error) {
      if (isNthrecError(error, "NTH_TRUNCATED")) return undefined;
      if (mayBeDamaged && isNthrecError(error, "NTH_CORRUPTION")) return undefined;
      throw error;
    }
  }

  /** `undefined` where it is damaged, for who skips damage: the scan tells of that. */
  *#readMetadata(header: FramedHeader): ReadPlan<RecordsMetadata | undefined> {
    const { begin } = header;
    const bytes = yield { start: begin, end: begin + usedBytes(header) };
    try {
      return this.#parseMetadata(bytes, begin);
    } catch (error) {
      if (this.#skips && isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) return undefined;
      throw error;
    }
  }

  #parseMetadata(bytes: Uint8Array, begin: number): RecordsMetadata {
    const chunk = parseChunk(bytes, begin, this.end);
    const { decodedDataSize, data } = chunk;
    const asRecord = { ...chunk, type: ChunkType.transposed, numRecords: 1, decodedDataSize, data };
    return parseRecordsMetadata(copyBytes(decodeChunk(asRecord, this.#codecs).bytes));
  }
}
