import { isNthrecError, varintWidth } from "@nthrec/core";
import { ByteCursor } from "../bytes/byte-cursor.ts";
import { putVarint } from "../bytes/put-varint.ts";
import type { Codecs, Compression, CompressOptions } from "../codecs/codec.ts";
import { corrupt } from "../errors.ts";

/**
 * Most bytes that one compressed byte can stand for: a damaged size asks for no more memory than that. zstd: a block of 128 KiB
 * in 4 bytes. snappy: a copy of 64 in 3. A brotli decoder grows with what it finds; a metablock is 16 MiB in some bytes.
 */
const MOST_PER_BYTE: Readonly<Record<Exclude<Compression, "none">, number>> = {
  zstd: 44_000,
  snappy: 22,
  brotli: 2 ** 24,
};

/**
 * The contents of a block (formats/arrayrecord.md 3.2): the bytes as they are, or a size and a compressed stream.
 *
 * @param most Largest size that the caller can accept; a larger one is an error before anything is allocated.
 * @param lend Whether memory will do that the next call overwrites.
 * @throws {@link NthrecError} `NTH_CORRUPTION`
 */
export function readBlock(
  compression: Compression,
  block: Uint8Array,
  codecs: Codecs,
  most: number = Number.MAX_SAFE_INTEGER,
  lend = false,
): Uint8Array {
  if (compression === "none") {
    if (block.length > most)
      throw corrupt(`a block of ${block.length} bytes, at most ${most} expected`);
    return block;
  }
  const cursor = new ByteCursor(block);
  const size = cursor.varint64();
  if (size > most || size > cursor.left * MOST_PER_BYTE[compression] + 64) {
    throw corrupt(`a ${compression} block claims ${size} bytes, more than it can hold`);
  }
  const stream = cursor.take(cursor.left);
  try {
    const codec = codecs[compression];
    return (lend ? codec.lend?.(stream, size) : undefined) ?? codec.decompress(stream, size);
  } catch (cause) {
    // What this platform cannot read is not damaged.
    if (isNthrecError(cause, "NTH_NOT_SUPPORTED")) throw cause;
    throw corrupt(`a ${compression} block cannot be decompressed: ${reason(cause)}`, cause);
  }
}

/** A block that holds `bytes`: they themselves, or their size and a compressed stream. */
export function writeBlock(
  compression: Compression,
  bytes: Uint8Array,
  codecs: Codecs,
  options: CompressOptions,
): Uint8Array {
  if (compression === "none") return bytes;
  const stream = codecs[compression].compress(bytes, options);
  const block = new Uint8Array(varintWidth(bytes.length) + stream.length);
  block.set(stream, putVarint(block, 0, bytes.length));
  return block;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
