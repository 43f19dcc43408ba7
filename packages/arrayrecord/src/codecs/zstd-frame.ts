import { copyBytes } from "../bytes/copy-bytes.ts";
import { corrupt } from "../errors.ts";

const MAGIC = 0xfd2fb528;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** How the header of a block begins that holds its bytes as they are, and is the last. */
const STORED_LAST = 1;
/** Most bytes that one block may hold. */
const BLOCK_BYTES = 128 * 1024;

/**
 * Walks over the blocks of one zstd frame (RFC 8878) and demands that `bytes` are exactly that: no skippable frame, no
 * dictionary, nothing behind it; and that blocks of known size hold no more than `size` bytes.
 *
 * @returns What the frame holds, if that is `size` bytes as they are: short records and their sizes, which need no codec.
 */
export function checkZstdFrame(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== MAGIC) throw corrupt("no zstd frame");
  const descriptor = bytes[4] as number;
  if ((descriptor & 0x08) !== 0) throw corrupt("a zstd frame with a reserved bit");
  if ((descriptor & 0x03) !== 0) throw corrupt("a zstd frame that needs a dictionary");
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  let at = 5 + (single ? 0 : 1) + sizeBytes;
  const first = at;
  let known = 0;
  for (let last = false; !last; ) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) throw corrupt("a zstd frame that is cut");
    const header = view.getUint16(at, true) | ((bytes[at + 2] as number) << 16);
    last = (header & 1) !== 0;
    const length = header >>> 3;
    if (length > BLOCK_BYTES) throw corrupt("a zstd block that is too long");
    const kind = (header >>> 1) & 3;
    // 0: as it is, 1: one byte repeated, 2: compressed, which says no size and cannot be empty.
    if (kind === 3) throw corrupt("a zstd block of a reserved kind");
    known += kind === 2 ? 1 : length;
    at += BLOCK_HEADER_BYTES + (kind === 1 ? 1 : length);
  }
  if ((descriptor & 0x04) !== 0) at += CHECKSUM_BYTES;
  if (at !== bytes.length) {
    throw corrupt(at > bytes.length ? "a zstd frame that is cut" : "bytes behind the zstd frame");
  }
  if (known > size) throw corrupt(`a zstd frame of more than ${size} bytes`);
  const stored = ((bytes[first] as number) & 7) === STORED_LAST && known === size;
  if (!stored || (descriptor & 0x04) !== 0) return undefined;
  // The frame's own word for its size is left to the codec, unless it is the short one.
  if (descriptor !== 0x20 || bytes[5] !== size) return undefined;
  const start = first + BLOCK_HEADER_BYTES;
  return copyBytes(bytes.subarray(start, start + size));
}

/** The frame of a few bytes that no codec could make smaller. */
export function storedZstdFrame(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const frame = new Uint8Array(9 + length);
  frame.set(STORED_HEAD);
  frame[5] = length;
  frame[6] = (length << 3) | STORED_LAST;
  frame.set(bytes, 9);
  return frame;
}

/** Magic, and a descriptor of one segment with its size in one byte. */
const STORED_HEAD: Uint8Array = /* @__PURE__ */ Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20);
