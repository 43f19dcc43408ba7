import type { ByteSource, EntryStat, StoreEntry } from "@nthrec/core";
import { crc32c } from "../crc32c/crc32c.ts";

const SAMPLES = 8;
const SAMPLE_BYTES = 4096;

/**
 * Names the content of a file: its size, the time of its last change where that is known, and samples of its bytes.
 * Its last bytes, in which a compressed file keeps the checksum of its content, are among them.
 */
export async function sourceId(
  entry: StoreEntry | undefined,
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<string> {
  const modified = statOf(entry)?.modified ?? 0;
  const seed = crc32c(new TextEncoder().encode(String(modified)));
  const crc = await sampleCrc(source, seed, signal);
  return `${crc.toString(16).padStart(8, "0")}-${source.size.toString(36)}`;
}

/** CRC-32C of pieces of a source, its first and its last bytes among them. */
export async function sampleCrc(
  source: ByteSource,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const last = Math.max(0, source.size - SAMPLE_BYTES);
  const pieces = await Promise.all(
    Array.from({ length: SAMPLES }, (_, i) => {
      const start = Math.floor((last * i) / (SAMPLES - 1));
      return source.read(start, Math.min(start + SAMPLE_BYTES, source.size), { signal });
    }),
  );
  return pieces.reduce((crc, piece) => crc32c(piece, crc), seed);
}

/** What the store of an entry knows of it, if it is one that knows. */
function statOf(entry: StoreEntry | undefined): EntryStat | undefined {
  const store = entry?.store as { statSync?(name: string): EntryStat | undefined } | undefined;
  return store?.statSync?.((entry as StoreEntry).name);
}
