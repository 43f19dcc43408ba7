import {
  type BaseIndexedReader,
  type BaseIndexedWriter,
  ByteWriter,
  checkChoice,
  NthrecError,
  type ReadPlan,
  type RepairOptions,
  type RepairReport,
  type StoreEntry,
  type WriterClass,
  type WriterOptions,
} from "@nthrec/core";
import type { ChunkData } from "../chunk/chunk-data.ts";
import { type ChunkCounts, type ChunkRecords, cut } from "../chunk/chunk-records.ts";
import type { Codecs } from "../codecs/codec.ts";
import { checkEncoder, codecsWith, prepareCodecs } from "../codecs/prepared.ts";
import { ChunkFramer } from "../framing/chunk-framer.ts";
import { SIGNATURE_BYTES } from "../framing/positions.ts";
import { namesCodec, resolveSettings } from "../options/resolve-settings.ts";
import type { WriterSettings } from "../options/writer-settings.ts";
import { threadsOf } from "../threads/threads-of.ts";
import type { ArrayRecordWriterOptions } from "./array-record-options.ts";
import { ArrayRecordReader, fileStateOf } from "./array-record-reader.ts";
import { ChunkEncoder } from "./chunk-encoder.ts";
import { EncodingLine } from "./encoding-line.ts";
import { copyOf, type FileState, joined } from "./file-state.ts";
import { FooterEntries } from "./footer-entries.ts";
import { GatheredRecords } from "./gathered-records.ts";
import { optionsIn } from "./options-in.ts";
import { placeChunks } from "./place-chunks.ts";
import { ThreadedWriter } from "./threaded-writer.ts";

/** Where the record of a group of one ends. */
const ONE_END: Float64Array = /* @__PURE__ */ new Float64Array(1);
const NEW_FILE: FileState = { records: 0, end: SIGNATURE_BYTES, fullChunks: 0, partial: undefined };

/** A batch that was handed to core, which may not have been able to publish it. */
interface Tentative {
  readonly state: FileState;
  readonly records: ChunkRecords;
}

/** Writes ArrayRecord files: any bytes are a record. */
export class ArrayRecordWriter extends ThreadedWriter {
  static readonly Reader: typeof ArrayRecordReader = ArrayRecordReader;

  protected override readonly gathers: boolean = true;
  readonly #codecs: Codecs = codecsWith(this.options.codecs);
  #settings: WriterSettings;
  #encoder: ChunkEncoder;
  /** Footer entries of the state's full chunks; what is behind them is a guess. */
  #entries = new FooterEntries();
  /** What the file held when this writer last knew for certain. */
  #state: FileState = NEW_FILE;
  #tentative: Tentative | undefined;
  readonly #gathered: GatheredRecords = new GatheredRecords();
  /** Whether other writers append to the file, so that what is gathered is committed from time to time. */
  readonly #shared: boolean;
  /** Whether full groups are written as they come: nothing stands behind them, and nobody else writes. */
  #streams: boolean;
  /** What the last commit left, where full groups are written as they come. */
  #base: FileState | undefined;
  /** Whether the last commit wrote the footer. */
  #finished = true;

  /**
   * Makes a writer that is not open.
   *
   * @throws {@link NthrecError} `NTH_INVALID_VALUE` for options that do not exist; `NTH_NOT_SUPPORTED` for a codec before
   * {@link prepare}, which `open` and `repair` await, and for a window that the codec does not have
   */
  constructor(options: ArrayRecordWriterOptions = {}) {
    // The footer is the index.
    super({ ...options, index: "none" } as ArrayRecordWriterOptions);
    checkChoice("finalize", options.finalize, ["commit", "close"]);
    this.#settings = resolveSettings(options);
    // Here, and not where a file is opened: a subclass may have chosen the codec.
    if (options.mode !== "append" || namesCodec(options)) {
      checkEncoder(this.#settings, this.#codecs);
    }
    this.#encoder = new ChunkEncoder(this.#settings, this.#codecs);
    this.#streams = options.mode !== "append";
    this.#shared = !this.#streams && options.exclusive !== true;
    const threads = threadsOf(options);
    if (threads !== undefined && this.#streams) {
      this.line = new EncodingLine(threads, this.#settings);
    }
  }

  /** Loads the codecs, after which `openSync` can write what is compressed with them; `open` and `repair` do it by themselves. */
  static async prepare(): Promise<void> {
    await prepareCodecs();
  }

  /** {@inheritDoc @nthrec/core#BaseIndexedWriter.repair} The new file has the options of the old one, as far as they can be read. */
  static override async repair<W extends BaseIndexedWriter<never>, P extends WriterOptions>(
    this: WriterClass<W, P>,
    data: string | URL | StoreEntry,
    options: RepairOptions,
  ): Promise<RepairReport> {
    const optionString = await optionsIn(data, options?.signal);
    const Writer = this as unknown as typeof ArrayRecordWriter;
    class Repairer extends Writer {
      constructor(given?: ArrayRecordWriterOptions) {
        super({ optionString, ...given });
      }
    }
    return await super.repair.call(Repairer as unknown as WriterClass<W>, data, options);
  }

  protected override _append(value: Uint8Array, out: ByteWriter): void {
    this.checkRecord(value);
    if (this.line?.lands === true) {
      const chunk = this.line.land();
      if (chunk !== undefined) this.#stream(chunk.counts, chunk.data, out);
      return;
    }
    // In the place of what the commit writes: so core knows how much there is, and when it is time to commit.
    if (this.#shared) out.bytes(value);
    const { groupSize } = this.#settings;
    if (this.#streams && groupSize === 1) {
      ONE_END[0] = value.length;
      this.#encode({ bytes: value, ends: ONE_END }, out);
      return;
    }
    this.#gathered.add(value);
    if (!this.#streams || this.#gathered.count < groupSize) return;
    this.#encode(this.#gathered.view(), out);
    this.#gathered.clear();
  }

  protected override _commit(out: ByteWriter, length: number, closing: boolean): void {
    const records = copyOf(this.#gathered.view());
    this.#gathered.clear();
    // A batch is given up: nothing of it goes anywhere.
    if (length < records.ends.length) return;
    if (this.#streams && out.position !== this.#state.end) throw this.#replaced();
    const added = this.#settle(out, length, records);
    const next = this.#write(out, added);
    this.#finished = closing || this.options.finalize !== "close";
    out.trailer(
      this.#finished
        ? this.#encoder.footer(out.position, this.#entries, next.records)
        : new Uint8Array(0),
    );
    const state = { ...next, end: out.position };
    // Whether this batch is published or goes on: the next group begins here, unless the last one is to be written anew.
    this.#streams = !this.#finished && !this.#shared && next.partial === undefined;
    this.#base = this.#streams ? state : undefined;
    if (this.#streams) this.#state = state;
    else this.#tentative = { state, records: added };
  }

  protected override get unfinished(): boolean {
    return !this.#finished;
  }

  protected override *_resume(
    reader: BaseIndexedReader<Uint8Array>,
    out: ByteWriter,
  ): ReadPlan<void> {
    const state = yield* fileStateOf(reader as ArrayRecordReader, this.#codecs);
    // What was handed on since the last commit has its place still: it was not the records that were touched.
    if (state.end === this.#base?.end && state.records === this.#base.records) return;
    this.#tentative = undefined;
    this.#settings = resolveSettings(this.options, state.settings);
    checkEncoder(this.#settings, this.#codecs);
    this.#encoder = new ChunkEncoder(this.#settings, this.#codecs);
    this.#entries = state.entries;
    const { partial, fullChunks } = state;
    const open = partial !== undefined && partial.records.ends.length < this.#settings.groupSize;
    const known = open ? { fullChunks: fullChunks - 1 } : { partial: undefined };
    this.#state = { ...state, ...known };
    if (open) this.#streams = false;
    if (state.end > 0) return;
    new ChunkFramer(out, 0).signature();
    this.#state = NEW_FILE;
  }

  /** Writes a full group where the output stands. */
  #encode(records: ChunkRecords, out: ByteWriter): void {
    const counts = { numRecords: records.ends.length, decodedDataSize: records.bytes.length };
    this.#stream(counts, this.#encoder.encode(records), out);
  }

  #stream(counts: ChunkCounts, data: ChunkData, out: ByteWriter): void {
    const { records, end, fullChunks } = this.#state;
    const framer = new ChunkFramer(out, end);
    this.#encoder.write(framer, this.#entries, counts, data);
    this.#state = {
      records: records + counts.numRecords,
      end: framer.position,
      fullChunks: fullChunks + 1,
      partial: undefined,
    };
  }

  #replaced(): NthrecError {
    return new NthrecError(
      "NTH_SOURCE_CHANGED",
      `another program changed ${this.name} while records were being written: those appended since the last commit are lost, ` +
        "close this writer with abort()",
      { source: this.name },
    );
  }

  /**
   * Finds out whether the batch before this one was published. One that was not is part of this one, or, where others write
   * too, gone. Answers all records of this batch.
   */
  #settle(out: ByteWriter, length: number, records: ChunkRecords): ChunkRecords {
    const tentative = this.#tentative;
    this.#tentative = undefined;
    const before = length - records.ends.length;
    if (tentative === undefined || before === this.#state.records) return records;
    if (out.position - out.length === tentative.state.end) {
      this.#state = tentative.state;
      return records;
    }
    return joined(tentative.records, records);
  }

  /** Writes the records behind those of the state, and the partial chunk before them anew. */
  #write(out: ByteWriter, added: ChunkRecords): FileState {
    const { records, end, fullChunks, partial } = this.#state;
    const all = joined(partial?.records, added);
    const begin = partial?.begin ?? end;
    const stream = new ByteWriter(begin);
    const framer = new ChunkFramer(stream, begin);
    this.#entries.truncate(fullChunks);
    const { groupSize } = this.#settings;
    const count = all.ends.length;
    let last = begin;
    for (let from = 0; from < count; from += groupSize) {
      last = framer.position;
      this.#encoder.chunk(framer, this.#entries, cut(all, from, Math.min(count, from + groupSize)));
    }
    placeChunks(out, stream, framer);
    const rest = count % groupSize;
    return {
      records: records + added.ends.length,
      end: 0,
      fullChunks: fullChunks + Math.floor(count / groupSize),
      partial:
        rest === 0 ? undefined : { begin: last, records: copyOf(cut(all, count - rest, count)) },
    };
  }
}
