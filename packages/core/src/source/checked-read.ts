import { isNthrecError, NthrecError } from "../errors.ts";
import type { AbortOptions } from "../types.ts";
import type { ByteSource, SyncByteSource } from "./byte-source.ts";

/** Reads at once. What a source of somebody's own throws gets a code, and a short answer is never taken for data. */
export function readSyncChecked(source: SyncByteSource, start: number, end: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = source.readSync(start, end);
  } catch (error) {
    throw coded(error, source, start);
  }
  if (bytes.length !== end - start) throw shortRead(source, start, end, bytes.length);
  return bytes;
}

/** Fills `target` at once, for a source that has `readIntoSync`; errors get a code. */
export function readIntoSyncChecked(
  source: SyncByteSource,
  target: Uint8Array,
  start: number,
): void {
  try {
    source.readIntoSync?.(target, start);
  } catch (error) {
    throw coded(error, source, start);
  }
}

/** {@link readSyncChecked}, when the source gets to it. */
export async function readChecked(
  source: ByteSource,
  start: number,
  end: number,
  options?: AbortOptions,
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await source.read(start, end, options);
  } catch (error) {
    throw coded(error, source, start);
  }
  if (bytes.length !== end - start) throw shortRead(source, start, end, bytes.length);
  return bytes;
}

/** {@link readIntoSyncChecked}, when the source gets to it. */
export async function readIntoChecked(
  source: ByteSource,
  target: Uint8Array,
  start: number,
  options?: AbortOptions,
): Promise<void> {
  try {
    await source.readInto?.(target, start, options);
  } catch (error) {
    throw coded(error, source, start);
  }
}

function coded(error: unknown, source: ByteSource, start: number): unknown {
  if (isNthrecError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new NthrecError(
    "NTH_IO_ERROR",
    `${source.name} could not be read at byte ${start}: ${reason}`,
    {
      source: source.name,
      offset: start,
      cause: error,
    },
  );
}

function shortRead(source: ByteSource, start: number, end: number, got: number): NthrecError {
  return new NthrecError(
    "NTH_SHORT_READ",
    `${source.name} answered ${got} bytes for [${start}, ${end}), which breaks its contract`,
    { source: source.name, offset: start },
  );
}
