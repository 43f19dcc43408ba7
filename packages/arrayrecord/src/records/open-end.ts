import { type ByteSource, isNthrecError, type ReadPlan } from "@nthrec/core";
import { copyBytes } from "../bytes/copy-bytes.ts";
import { holdsRecords } from "../chunk/decode-chunk.ts";
import { readBlockHeader } from "../framing/block-header.ts";
import { parseHeader } from "../framing/parse-chunk.ts";
import { BLOCK_BYTES, BLOCK_HEADER_BYTES } from "../framing/positions.ts";

/** Block headers that are asked for the last records: padding behind them seldom fills a block. */
const TRIES = 4;

/**
 * The end of a file without a footer, as it was at one moment: a writer puts a longer chunk into the place of the last
 * one that is not full.
 */
export interface OpenEnd {
  /** Where it begins, with a chunk: the last one of records, or one before it. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Ends that are kept, by the sources that they were read from. */
const ends = new WeakMap<ByteSource, OpenEnd>();

/** {@link readOpenEnd}, once for each source: whoever looks at it again, to verify it for instance, finds the same. */
export function* openEndOf(source: ByteSource, most: number): ReadPlan<OpenEnd | undefined> {
  const known = ends.get(source);
  if (known !== undefined) return known;
  const found = yield* readOpenEnd(source.size, most);
  if (found !== undefined) ends.set(source, found);
  return found;
}

/**
 * Reads the last chunk of records and what is behind it. A block header leads there, however long the file is.
 *
 * @param size Where the file ends.
 * @param most Bytes that are read at most; of a longer end, or one that is damaged, nothing is kept.
 */
export function* readOpenEnd(size: number, most: number): ReadPlan<OpenEnd | undefined> {
  let block = Math.floor((size - BLOCK_HEADER_BYTES) / BLOCK_BYTES);
  for (let tries = 0; tries < TRIES && block >= 0; tries++, block--) {
    const start = yield* chunkOver(block * BLOCK_BYTES);
    if (start === undefined || size - start > most) return undefined;
    const bytes = copyBytes(yield { start, end: size });
    if (hasRecords(bytes, start, size)) return { start, bytes };
  }
  return undefined;
}

/** Where the chunk begins that goes over a block header, or begins there. */
function* chunkOver(position: number): ReadPlan<number | undefined> {
  const bytes = yield { start: position, end: position + BLOCK_HEADER_BYTES };
  const header = readBlockHeader(bytes, 0);
  if (header === undefined || header.previous > position) return undefined;
  return position - header.previous;
}

function hasRecords(bytes: Uint8Array, start: number, size: number): boolean {
  try {
    for (let at = start; at < size; ) {
      const header = parseHeader(bytes.subarray(at - start), at, size);
      if (holdsRecords(header.type) && header.numRecords > 0) return true;
      at = header.end;
    }
  } catch (error) {
    if (!isNthrecError(error, "NTH_CORRUPTION", "NTH_TRUNCATED")) throw error;
  }
  return false;
}

/** A plan that finds the end of a file as it was, whatever lies there by now. */
export function* withEnd<R>(plan: ReadPlan<R>, tail: OpenEnd | undefined): ReadPlan<R> {
  if (tail === undefined) return yield* plan;
  let next = plan.next();
  while (next.done !== true) {
    const { start, end } = next.value;
    const behind = tail.bytes.subarray(
      Math.max(0, start - tail.start),
      Math.max(0, end - tail.start),
    );
    if (start >= tail.start) next = plan.next(behind);
    else if (end <= tail.start) next = plan.next(yield next.value);
    else {
      const all = new Uint8Array(end - start);
      all.set(yield { start, end: tail.start });
      all.set(behind, tail.start - start);
      next = plan.next(all);
    }
  }
  return next.value;
}
