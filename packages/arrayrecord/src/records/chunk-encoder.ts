import { ByteWriter } from "@nthrec/core";
import type { ChunkData } from "../chunk/chunk-data.ts";
import type { ChunkCounts, ChunkRecords } from "../chunk/chunk-records.ts";
import { encodeChunk } from "../chunk/encode-chunk.ts";
import { simpleData } from "../chunk/encode-simple.ts";
import type { Codecs } from "../codecs/codec.ts";
import { ChunkFramer } from "../framing/chunk-framer.ts";
import { ChunkType } from "../framing/chunk-header.ts";
import { type WriterSettings, writerOptionsText } from "../options/writer-settings.ts";
import { encodeMetadata, encodePostscript } from "./footer.ts";
import type { FooterEntries } from "./footer-entries.ts";

/** Encodes and frames chunks as some settings want them. */
export class ChunkEncoder {
  readonly #settings: WriterSettings;
  readonly #codecs: Codecs;

  constructor(settings: WriterSettings, codecs: Codecs) {
    this.#settings = settings;
    this.#codecs = codecs;
  }

  /** Writes one chunk of records, and notes it for the footer. */
  chunk(framer: ChunkFramer, entries: FooterEntries, records: ChunkRecords): void {
    const counts = { numRecords: records.ends.length, decodedDataSize: records.bytes.length };
    this.write(framer, entries, counts, this.encode(records));
  }

  /** The data of a chunk; valid until the next call. */
  encode(records: ChunkRecords): ChunkData {
    return encodeChunk(records, this.#settings, this.#codecs);
  }

  /** Writes one chunk whose data are there, and notes it for the footer. */
  write(
    framer: ChunkFramer,
    entries: FooterEntries,
    counts: ChunkCounts,
    { head, body }: ChunkData,
  ): void {
    const { transpose, padToBlockBoundary } = this.#settings;
    const type = transpose ? ChunkType.transposed : ChunkType.simple;
    entries.push(framer.chunk(type, counts, head, body), counts);
    if (padToBlockBoundary) framer.padToBoundary();
  }

  /** All that follows the records in a file whose records end at `end` (formats/arrayrecord.md 4.1). */
  footer(end: number, entries: FooterEntries, numRecords: number): Uint8Array {
    const out = new ByteWriter();
    const framer = new ChunkFramer(out, end);
    const text = writerOptionsText(this.#settings);
    const footer = entries.behind(encodeMetadata(entries.length, numRecords, text));
    const { compression } = this.#settings;
    this.#simple(framer, footer, compression);
    framer.padToBoundary();
    this.#simple(framer, encodePostscript(end), "none");
    framer.padToBoundary();
    return out.view();
  }

  #simple(
    framer: ChunkFramer,
    records: ChunkRecords,
    compression: WriterSettings["compression"],
  ): void {
    const { head, body } = simpleData(records, compression, this.#codecs, this.#settings);
    const counts = { numRecords: records.ends.length, decodedDataSize: records.bytes.length };
    framer.chunk(ChunkType.simple, counts, head, body);
  }
}
