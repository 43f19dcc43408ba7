/** The polynomial of IEEE 802.3, bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** Table `k` at `256 * k`: what a byte does to the checksum `k` bytes later. Made on first use. */
let tables: Int32Array | undefined;

/**
 * CRC-32 (IEEE) of `bytes`, eight bytes at a time.
 *
 * @param seed The checksum of the bytes before, to continue from it. @default 0
 * @returns An unsigned 32-bit number
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  tables ??= makeTables();
  const t = tables;
  const length = bytes.length;
  const blocks = length - (length % 8);
  let crc = ~seed;
  let i = 0;
  for (; i < blocks; i += 8) {
    crc ^= word(bytes, i);
    const high = word(bytes, i + 4);
    crc =
      at(t, 1792 | (crc & 255)) ^
      at(t, 1536 | ((crc >>> 8) & 255)) ^
      at(t, 1280 | ((crc >>> 16) & 255)) ^
      at(t, 1024 | (crc >>> 24)) ^
      at(t, 768 | (high & 255)) ^
      at(t, 512 | ((high >>> 8) & 255)) ^
      at(t, 256 | ((high >>> 16) & 255)) ^
      at(t, high >>> 24);
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ at(t, (crc ^ (bytes[i] as number)) & 255);
  return ~crc >>> 0;
}

function word(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)
  );
}

function at(table: Int32Array, i: number): number {
  return table[i] as number;
}

function makeTables(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = at(table, i - 256);
    table[i] = (before >>> 8) ^ at(table, before & 255);
  }
  return table;
}
