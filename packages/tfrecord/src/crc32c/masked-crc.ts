import { crc32c } from "./crc32c.ts";

const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;
/** Tables for the eight bytes of a length: entry `256 k + v` is byte v with k zero bytes behind it. */
const TABLES: Uint32Array = /* @__PURE__ */ makeTables();

/** TFRecord's form of a CRC: rotated and shifted, so that data which hold checksums keep a good one of their own. */
export function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** The masked CRC-32C of bytes. */
export function maskedCrc(bytes: Uint8Array): number {
  return mask(crc32c(bytes));
}

/**
 * The masked CRC-32C of a 64-bit little-endian number, given in halves: without the bytes that every other way
 * would have to make, which takes longer than the checksum.
 */
export function maskedCrcOfLength(low: number, high: number): number {
  const a = ~low;
  const crc =
    at(1792 + (a & 255)) ^
    at(1536 + ((a >>> 8) & 255)) ^
    at(1280 + ((a >>> 16) & 255)) ^
    at(1024 + (a >>> 24)) ^
    at(768 + (high & 255)) ^
    at(512 + ((high >>> 8) & 255)) ^
    at(256 + ((high >>> 16) & 255)) ^
    at(high >>> 24);
  return mask(~crc);
}

function at(entry: number): number {
  return TABLES[entry] as number;
}

function makeTables(): Uint32Array {
  const tables = new Uint32Array(2048);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[value] = crc;
  }
  for (let entry = 256; entry < 2048; entry++) {
    const before = tables[entry - 256] as number;
    tables[entry] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}
