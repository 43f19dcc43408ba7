import { type ByteWriter, NthrecError, type OffsetTable, readVarint } from "../../src/index.ts";

/** Bytes that one step of a scan asks for. */
export const WINDOW_BYTES = 1024 * 1024;

/** Writes a varint length and the bytes. */
export function writeBlob(value: Uint8Array, out: ByteWriter): void {
  checkBlob(value);
  let rest = value.length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.u8((rest % 128) | 0x80);
  out.u8(rest);
  out.bytes(value);
}

/** Refuses what is not bytes. */
export function checkBlob(value: Uint8Array): void {
  if (value instanceof Uint8Array) return;
  throw new NthrecError("NTH_INVALID_VALUE", `a blob is a Uint8Array, not ${typeof value}`);
}

/** The blob of a frame. */
export function readBlob(bytes: Uint8Array, index: number): Uint8Array {
  const head = readVarint(bytes);
  if (head === undefined || head.width + head.value !== bytes.length) {
    throw new NthrecError("NTH_CORRUPTION", `record ${index} does not fill its frame`, { index });
  }
  return bytes.subarray(head.width);
}

/** Pushes the offsets of the blobs in a window that begins at `base`; answers where the next one begins. */
export function walkBlobs(
  window: Uint8Array,
  base: number,
  end: number,
  offsets: OffsetTable,
): number {
  let at = base;
  while (at < base + window.length) {
    const head = readVarint(window, at - base);
    const next = head === undefined ? Number.POSITIVE_INFINITY : at + head.width + head.value;
    if (next > end) return at;
    offsets.push(at);
    at = next;
  }
  return at;
}

/** Blobs of several sizes, with contents of their own. */
export function blobs(...sizes: number[]): Uint8Array[] {
  return sizes.map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff));
}
