import { platform } from "#platform";
import { readU32, readU64, writeU32, writeU64 } from "../bytes/le.ts";
import { isNthrecError } from "../errors.ts";

/** Bytes of the header. */
export const HEADER_BYTES = 256;
/** Records whose bytes tie an index to its data. */
export const SAMPLES = 16;
/** Buckets of one piece of the directory. */
export const CHUNK_BUCKETS = 256;
/** Entries that a bucket has on average, and the most buckets there are: their product with a hash stays exact. */
const BUCKET_ENTRIES = 32;
const MAX_BUCKETS = 2 ** 21;

const MAGIC = 0x4b_48_54_4e; // "NTHK", little-endian
const VERSION = 1;
const SAMPLES_AT = 128;
const CRC_AT = HEADER_BYTES - 4;

/** What the header of a key index says. */
export interface KeyHeader {
  /** CRC-32 of the index's name. */
  readonly nameCrc: number;
  /** Bytes of the data that it was made from; 0 when not known. */
  readonly dataSize: number;
  /** Records it covers: those before this number. */
  readonly records: number;
  /** Pairs of key and record. */
  readonly entries: number;
  /** Different keys. */
  readonly keys: number;
  /** Records without a key. */
  readonly missing: number;
  /** The first of them, or -1. */
  readonly firstMissing: number;
  /** Records that could not be read. */
  readonly damaged: number;
  /** The first of them, or -1. */
  readonly firstDamaged: number;
  /** The first record with a key that an earlier one has, and that earlier one; or -1. */
  readonly firstDuplicate: number;
  readonly duplicateOf: number;
  readonly buckets: number;
  /** Where the directory begins: behind the buckets. */
  readonly directory: number;
  /** Bytes of the index. */
  readonly size: number;
  /** CRC-32 of the bytes of some records. */
  readonly samples: readonly number[];
}

/** Buckets of an index with so many entries. */
export function bucketsFor(entries: number): number {
  return Math.min(MAX_BUCKETS, Math.max(1, Math.ceil(entries / BUCKET_ENTRIES)));
}

/** The bucket of a hash: buckets divide the hashes evenly, in order. */
export function bucketOf(hash: number, buckets: number): number {
  return Math.floor((hash * buckets) / 4294967296);
}

/** Where a piece of the directory lies, and how many buckets it has. */
export function chunkPlace(header: KeyHeader, chunk: number): { start: number; count: number } {
  const start = header.directory + chunk * ((CHUNK_BUCKETS + 1) * 8 + 4);
  return { start, count: Math.min(CHUNK_BUCKETS, header.buckets - chunk * CHUNK_BUCKETS) };
}

/** Bytes of the directory of so many buckets. */
export function directoryBytes(buckets: number): number {
  return buckets * 8 + Math.ceil(buckets / CHUNK_BUCKETS) * 12;
}

/** The records whose bytes are sampled in data of `length` records, first and last included. */
export function sampledRecords(length: number): number[] {
  if (length <= SAMPLES) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: SAMPLES }, (_, i) => Math.floor((i * (length - 1)) / (SAMPLES - 1)));
}

export function encodeHeader(header: KeyHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeU32(bytes, 0, MAGIC);
  writeU32(bytes, 4, VERSION);
  writeU32(bytes, 8, header.nameCrc);
  writeU32(bytes, 12, header.samples.length);
  numbersOf(header).forEach((number, i) => {
    writeU64(bytes, 16 + i * 8, number);
  });
  header.samples.forEach((crc, i) => {
    writeU32(bytes, SAMPLES_AT + i * 4, crc);
  });
  writeU32(bytes, CRC_AT, platform.crc32(bytes.subarray(0, CRC_AT)));
  return bytes;
}

function numbersOf(header: KeyHeader): number[] {
  return [
    header.dataSize,
    header.records,
    header.entries,
    header.keys,
    header.missing,
    header.firstMissing + 1,
    header.damaged,
    header.firstDamaged + 1,
    header.firstDuplicate + 1,
    header.duplicateOf + 1,
    header.buckets,
    header.directory,
    header.size,
  ];
}

/** Whether bytes begin as a key index does, of whatever version. */
export function isKeyIndex(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && readU32(bytes, 0) === MAGIC;
}

/** Reads a header; `undefined` when it is not sound, or does not fit a file of `size` bytes. */
export function decodeHeader(bytes: Uint8Array, size: number): KeyHeader | undefined {
  if (bytes.length < HEADER_BYTES || !isKeyIndex(bytes) || readU32(bytes, 4) !== VERSION) return;
  if (platform.crc32(bytes.subarray(0, CRC_AT)) !== readU32(bytes, CRC_AT)) return;
  try {
    const header = headerOf(bytes);
    return fits(header, size) ? header : undefined;
  } catch (error) {
    // A number of 2^53 and more.
    if (isNthrecError(error, "NTH_CORRUPTION")) return undefined;
    throw error;
  }
}

function headerOf(bytes: Uint8Array): KeyHeader {
  const number = (i: number): number => readU64(bytes, 16 + i * 8);
  const count = Math.min(SAMPLES, readU32(bytes, 12));
  return {
    nameCrc: readU32(bytes, 8),
    dataSize: number(0),
    records: number(1),
    entries: number(2),
    keys: number(3),
    missing: number(4),
    firstMissing: number(5) - 1,
    damaged: number(6),
    firstDamaged: number(7) - 1,
    firstDuplicate: number(8) - 1,
    duplicateOf: number(9) - 1,
    buckets: number(10),
    directory: number(11),
    size: number(12),
    samples: Array.from({ length: count }, (_, i) => readU32(bytes, SAMPLES_AT + i * 4)),
  };
}

function fits(header: KeyHeader, size: number): boolean {
  return (
    header.size === size &&
    header.buckets === bucketsFor(header.entries) &&
    header.directory >= HEADER_BYTES &&
    header.directory + directoryBytes(header.buckets) === size &&
    header.samples.length === sampledRecords(header.records).length
  );
}
