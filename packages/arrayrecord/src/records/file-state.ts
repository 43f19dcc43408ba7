import type { ByteSource, ReadPlan } from "@nthrec/core";
import { copyBytes } from "../bytes/copy-bytes.ts";
import type { ChunkRecords } from "../chunk/chunk-records.ts";
import type { Codecs } from "../codecs/codec.ts";
import type { FileSettings } from "../options/resolve-settings.ts";
import { readChunk } from "./file-layout.ts";
import type { Footer } from "./footer.ts";
import { FooterEntries } from "./footer-entries.ts";
import { walkChunks } from "./walk-chunks.ts";

/** What a writer knows of the file that it continues. */
export interface FileState {
  readonly records: number;
  /** Where the records end, and a footer begins. */
  readonly end: number;
  /** Chunks that hold as many records as they may. */
  readonly fullChunks: number;
  /** The last chunk where it is not full: it is written anew with the next records. */
  readonly partial: Partial | undefined;
}

/** A last chunk that is not full. */
export interface Partial {
  readonly begin: number;
  readonly records: ChunkRecords;
}

/** A file that is continued. */
export interface ResumedFile extends FileState {
  readonly entries: FooterEntries;
  readonly settings: FileSettings;
}

/** The state of a file by its footer, or, where its writer died, by its chunks. */
export function* readFileState(
  source: ByteSource,
  footer: Footer | undefined,
  codecs: Codecs,
): ReadPlan<ResumedFile> {
  const found = footer ?? (yield* walked(source, codecs));
  const { offsets, decodedSizes, groupSize, numRecords, begin: end } = found;
  const entries = new FooterEntries();
  const count = offsets.length;
  for (let i = 0; i < count; i++) {
    entries.push(offsets[i] as number, {
      decodedDataSize: decodedSizes[i] as number,
      numRecords: i < count - 1 ? groupSize : numRecords - groupSize * (count - 1),
    });
  }
  const last = count === 0 ? undefined : yield* readLast(found, codecs);
  const settings = { writerOptions: found.writerOptions, groupSize, certain: count > 1 };
  return { records: numRecords, end, fullChunks: count, partial: last, entries, settings };
}

/** The last chunk, decoded: whether it is full is for the settings to say. */
function* readLast(found: Footer, codecs: Codecs): ReadPlan<Partial | undefined> {
  const { offsets, groupSize, numRecords, begin } = found;
  const count = offsets.length;
  const start = offsets[count - 1] as number;
  // A group of one record, or one behind another of its size, is full.
  if (count > 1 && numRecords === groupSize * count) return undefined;
  return { begin: start, records: yield* readChunk(start, begin, codecs) };
}

/** What the footer would say of a file that has none: the chunks before the first of another size. */
function* walked(source: ByteSource, codecs: Codecs): ReadPlan<Footer> {
  const { begins, firsts, decodedSizes, records, end } = yield* walkChunks(0, source.size, codecs);
  return {
    begin: end,
    numRecords: records,
    numChunks: begins.length,
    writerOptions: undefined,
    groupSize: firsts[1] ?? records,
    offsets: Float64Array.from(begins),
    decodedSizes: Float64Array.from(decodedSizes),
  };
}

/** A copy of some records that no read overwrites. */
export function copyOf({ bytes, ends }: ChunkRecords): ChunkRecords {
  return { bytes: copyBytes(bytes), ends: ends.slice() };
}

/** Two runs of records as one. */
export function joined(first: ChunkRecords | undefined, second: ChunkRecords): ChunkRecords {
  if (first === undefined || first.ends.length === 0) return second;
  const shift = first.bytes.length;
  const bytes = new Uint8Array(shift + second.bytes.length);
  bytes.set(first.bytes);
  bytes.set(second.bytes, shift);
  const ends = new Float64Array(first.ends.length + second.ends.length);
  ends.set(first.ends);
  for (let i = 0; i < second.ends.length; i++) {
    ends[first.ends.length + i] = shift + (second.ends[i] as number);
  }
  return { bytes, ends };
}
