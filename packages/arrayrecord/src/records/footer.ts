import { isNthrecError, type NthrecError, varintWidth } from "@nthrec/core";
import { ByteCursor } from "../bytes/byte-cursor.ts";
import { putVarint } from "../bytes/put-varint.ts";
import { type ChunkRecords, recordAt } from "../chunk/chunk-records.ts";
import { corrupt } from "../errors.ts";
import { CHUNK_HEADER_BYTES } from "../framing/positions.ts";
import type { FooterEntry } from "./footer-entries.ts";
import { numberOf, type ProtoField, readProto } from "./proto.ts";

const VERSION = 1;
const FIRST_CHUNK = 64;
/** The magic of a postscript as the varint that it is written as, 0x71930e704fdae05e. */
const MAGIC = Uint8Array.from([0xde, 0xc0, 0xeb, 0xfe, 0x84, 0xce, 0xc3, 0xc9, 0x71]);

/** What a file's footer says of all its chunks (formats/arrayrecord.md 4). */
export interface FooterFacts {
  /** Where the footer chunk begins, which is where the records end. */
  readonly begin: number;
  readonly numRecords: number;
  readonly numChunks: number;
  /** The options the file was written with; files before October 2022 do not say them. */
  readonly writerOptions: string | undefined;
  /** Records in every chunk but the last; 0 without chunks. */
  readonly groupSize: number;
}

/** What a file's footer says. */
export interface Footer extends FooterFacts {
  /** Where each chunk begins. */
  readonly offsets: Uint32Array | Float64Array;
  /** Decoded bytes of each chunk. */
  readonly decodedSizes: Float64Array;
}

/** Reads the records of a footer chunk that begins at `begin`. @throws {@link NthrecError} as {@link scanFooter} */
export function parseFooter(records: ChunkRecords, begin: number): Footer {
  const count = Math.max(0, records.ends.length - 1);
  const offsets = begin < 2 ** 32 ? new Uint32Array(count) : new Float64Array(count);
  const decodedSizes = new Float64Array(count);
  const facts = scanFooter(records, begin, (i, { offset, decodedDataSize }) => {
    offsets[i] = offset;
    decodedSizes[i] = decodedDataSize;
  });
  return { ...facts, offsets, decodedSizes };
}

/** Where chunk `from` and those behind it begin, up to and without chunk `to`, by the records of a footer chunk. */
export function offsetsIn(records: ChunkRecords, from: number, to: number): Float64Array {
  const offsets = new Float64Array(to - from);
  const cursor = new EntryReader(records);
  for (let i = from; i < to; i++) {
    cursor.read(i + 1);
    offsets[i - from] = cursor.offset;
  }
  return offsets;
}

/**
 * Goes through the records of a footer chunk, and demands everything of it that reading by number relies on: the original does
 * not, and answers wrong records (formats/arrayrecord.md 11.2).
 *
 * @param begin Where the footer chunk begins.
 * @param see Shown each entry; what it is given holds until it returns.
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function scanFooter(
  records: ChunkRecords,
  begin: number,
  see: (chunk: number, entry: FooterEntry) => void,
): FooterFacts {
  try {
    return scanEntries(records, begin, see);
  } catch (error) {
    if (!isNthrecError(error, "NTH_CORRUPTION") || error.offset !== undefined) throw error;
    throw corrupt(`${error.message}, at byte ${begin}`, error, begin);
  }
}

function scanEntries(
  records: ChunkRecords,
  begin: number,
  see: (chunk: number, entry: FooterEntry) => void,
): FooterFacts {
  const count = records.ends.length - 1;
  if (count < 0) throw corrupt("the footer holds no records");
  const { numChunks, numRecords, writerOptions } = parseMetadata(recordAt(records, 0));
  if (numChunks !== count) throw corrupt(`the footer names ${numChunks} chunks and lists ${count}`);
  let groupSize = 0;
  let total = 0;
  let least = FIRST_CHUNK;
  const cursor = new EntryReader(records);
  const lie = (chunk: number, what: string): NthrecError => {
    const message = `the footer gives chunk ${chunk}, at byte ${cursor.offset}, ${what}`;
    return corrupt(message, undefined, cursor.offset);
  };
  for (let i = 0; i < count; i++) {
    cursor.read(i + 1);
    if (cursor.offset < least || cursor.offset + CHUNK_HEADER_BYTES > begin) {
      const message = `the footer says that chunk ${i} begins at byte ${cursor.offset}`;
      throw corrupt(message, undefined, cursor.offset);
    }
    if (i === 0) groupSize = cursor.numRecords;
    const last = i === count - 1;
    if (last ? cursor.numRecords > groupSize : cursor.numRecords !== groupSize) {
      throw lie(i, `${cursor.numRecords} records, not ${groupSize}`);
    }
    if (cursor.numRecords === 0) throw lie(i, "no records");
    see(i, cursor);
    total += cursor.numRecords;
    least = cursor.offset + CHUNK_HEADER_BYTES;
  }
  if (total !== numRecords) {
    throw corrupt(`the footer names ${numRecords} records and lists ${total}`);
  }
  return { begin, numRecords, numChunks, writerOptions, groupSize };
}

interface Metadata {
  readonly numChunks: number;
  readonly numRecords: number;
  readonly writerOptions: string | undefined;
}

function parseMetadata(bytes: Uint8Array): Metadata {
  const inner = readProto(bytes).get(1);
  if (!(inner instanceof Uint8Array)) {
    throw corrupt("could not parse the footer as one of an ArrayRecord file");
  }
  const fields = readProto(inner);
  const version = numberOf(fields, 1);
  if (version !== VERSION) throw corrupt(`unrecognized version number ${version ?? "(none)"}`);
  return {
    numChunks: numberOf(fields, 2) ?? 0,
    numRecords: numberOf(fields, 3) ?? 0,
    writerOptions: textOf(fields.get(4)),
  };
}

function textOf(field: ProtoField | undefined): string | undefined {
  return field instanceof Uint8Array ? new TextDecoder().decode(field) : undefined;
}

/** Reads entries one after another without an object for each. */
class EntryReader implements FooterEntry {
  readonly #records: ChunkRecords;
  readonly #cursor: ByteCursor;
  offset = 0;
  decodedDataSize = 0;
  numRecords = 0;

  constructor(records: ChunkRecords) {
    this.#records = records;
    this.#cursor = new ByteCursor(records.bytes);
  }

  read(index: number): void {
    const cursor = this.#cursor;
    const { ends } = this.#records;
    const end = ends[index] as number;
    cursor.at = ends[index - 1] as number;
    this.offset = -1;
    this.decodedDataSize = 0;
    this.numRecords = 0;
    while (cursor.at < end) this.#field(end);
    if (cursor.at !== end) throw corrupt("a footer entry that is cut");
    if (this.offset < 0) throw corrupt(`invalid footer at index ${index - 1}: it has no offset`);
  }

  #field(end: number): void {
    const cursor = this.#cursor;
    const tag = cursor.varint32();
    if (tag === 0x08) this.offset = cursor.varint64();
    else if (tag === 0x10) this.decodedDataSize = cursor.varint64();
    else if (tag === 0x18) this.numRecords = cursor.varint64();
    else {
      // Rare: fields that nobody writes today.
      const all = this.#records.bytes.subarray(cursor.at - varintWidth(tag), end);
      const fields = readProto(all);
      this.offset = numberOf(fields, 1) ?? this.offset;
      this.decodedDataSize = numberOf(fields, 2) ?? this.decodedDataSize;
      this.numRecords = numberOf(fields, 3) ?? this.numRecords;
      cursor.at = end;
    }
  }
}

/** The first record of a footer. */
export function encodeMetadata(numChunks: number, numRecords: number, options: string): Uint8Array {
  const text = new TextEncoder().encode(options);
  const inner = new Uint8Array(text.length + 40);
  inner[0] = 0x08;
  inner[1] = VERSION;
  inner[2] = 0x10;
  let at = putVarint(inner, 3, numChunks);
  inner[at] = 0x18;
  at = putVarint(inner, at + 1, numRecords);
  inner[at] = 0x22;
  at = putVarint(inner, at + 1, text.length);
  inner.set(text, at);
  at += text.length;
  const record = new Uint8Array(1 + varintWidth(at) + at);
  record[0] = 0x0a;
  record.set(inner.subarray(0, at), putVarint(record, 1, at));
  return record;
}

/** The records of a postscript: the same one three times. */
export function encodePostscript(footerOffset: number): ChunkRecords {
  const width = varintWidth(footerOffset);
  const size = 2 + width + MAGIC.length;
  const bytes = new Uint8Array(3 * size);
  bytes[0] = 0x08;
  putVarint(bytes, 1, footerOffset);
  bytes[1 + width] = 0x10;
  bytes.set(MAGIC, 2 + width);
  bytes.copyWithin(size, 0, size);
  bytes.copyWithin(2 * size, 0, size);
  return { bytes, ends: Uint32Array.of(size, 2 * size, 3 * size) };
}

/** Where the footer begins, by the first record of a postscript. */
export function parsePostscript(bytes: Uint8Array): number {
  const offset = numberOf(readProto(bytes), 1);
  if (offset === undefined || !hasMagic(bytes)) throw corrupt("invalid postscript");
  return offset;
}

/** Whether field 2 is the magic; as a number it would be rounded. */
function hasMagic(bytes: Uint8Array): boolean {
  for (let at = 0; at + 1 + MAGIC.length <= bytes.length; at++) {
    if (bytes[at] === 0x10 && MAGIC.every((byte, i) => bytes[at + 1 + i] === byte)) return true;
  }
  return false;
}
