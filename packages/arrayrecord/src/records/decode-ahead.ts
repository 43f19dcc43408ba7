import type { ByteSource } from "@nthrec/core";
import { isNthrecError } from "@nthrec/core";
import { type DecodeJob, PLACE_WIDTH } from "../threads/chunk-jobs.ts";
import type { ChunkThreads } from "../threads/chunk-threads.ts";
import type { ChunkCache } from "./chunk-cache.ts";
import type { ChunkTable } from "./chunk-table.ts";

/** Bytes of a file that one job has, unless a single chunk is longer. */
const JOB_BYTES = 256 * 1024;
/** Chunks that lie at most this far apart are read in one go. */
const GAP_BYTES = 4096;
/** Jobs in flight for each thread. */
const JOBS_EACH = 2;

/** What chunks are read from, and where they go. */
export interface DecodeTarget {
  readonly source: ByteSource;
  readonly table: ChunkTable;
  readonly cache: ChunkCache;
}

/** Records that are read together, and the chunks that hold them. */
export interface Portion {
  /** Positions in the list of records that was asked for. */
  readonly positions: number[];
  readonly chunks: number[];
}

/**
 * Cuts records into portions of neighbouring chunks.
 *
 * @param order Positions of records in what was asked for, so that their numbers rise.
 * @param numberAt The number of the record at a position.
 */
export function* portionsOf(
  order: Iterable<number>,
  numberAt: (position: number) => number,
  table: ChunkTable,
): Generator<Portion> {
  let portion: Portion = { positions: [], chunks: [] };
  let bytes = 0;
  let last = -1;
  for (const position of order) {
    const chunk = table.chunkOf(numberAt(position));
    if (chunk !== last) {
      const { start, end } = table.rangeOf(chunk);
      if (bytes > 0 && bytes + end - start > JOB_BYTES) {
        yield portion;
        portion = { positions: [], chunks: [] };
        bytes = 0;
      }
      bytes += end - start;
      portion.chunks.push(chunk);
      last = chunk;
    }
    portion.positions.push(position);
  }
  if (portion.positions.length > 0) yield portion;
}

/** Yields portions in order, each when its chunks are in the cache, while the next ones are on their way. */
export async function* decodedAhead(
  portions: Iterable<Portion>,
  target: DecodeTarget,
  threads: ChunkThreads,
  signal: AbortSignal | undefined,
): AsyncGenerator<Portion, void, undefined> {
  const source = portions[Symbol.iterator]();
  const ahead: { readonly portion: Portion; readonly ready: Promise<void> }[] = [];
  const fill = (): void => {
    while (ahead.length < JOBS_EACH * threads.count) {
      const next = source.next();
      if (next.done === true) return;
      const ready = decode(next.value.chunks, target, threads, signal);
      // Who waits for it hears of it; nobody may.
      ready.catch(() => {});
      ahead.push({ portion: next.value, ready });
    }
  };
  for (;;) {
    fill();
    const first = ahead.shift();
    if (first === undefined) return;
    await first.ready;
    yield first.portion;
  }
}

/** Puts chunks into the cache. What cannot be read or decoded is left out: whoever reads it learns why. */
async function decode(
  chunks: readonly number[],
  target: DecodeTarget,
  threads: ChunkThreads,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { cache } = target;
  const missing = chunks.filter((chunk) => !cache.has(chunk));
  if (missing.length === 0) return;
  const job = await readJob(missing, target, signal);
  if (job === undefined) return;
  const { bytes, bounds, ends } = await threads.decode(job);
  let at = 0;
  missing.forEach((chunk, i) => {
    const start = bounds[2 * i] as number;
    if (start < 0) return;
    const count = target.table.countOf(chunk);
    const records = bytes.subarray(start, bounds[2 * i + 1]);
    cache.put(chunk, { bytes: records, ends: ends.subarray(at, at + count) });
    at += count;
  });
}

async function readJob(
  chunks: readonly number[],
  { source, table }: DecodeTarget,
  signal: AbortSignal | undefined,
): Promise<DecodeJob | undefined> {
  const ranges = chunks.map((chunk) => table.rangeOf(chunk));
  const runs: { start: number; end: number; at: number }[] = [];
  const places = new Float64Array(PLACE_WIDTH * chunks.length);
  let size = 0;
  ranges.forEach(({ start, end }, i) => {
    let run = runs.at(-1);
    if (run === undefined || start < run.end || start - run.end > GAP_BYTES) {
      run = { start, end: start, at: size };
      runs.push(run);
    }
    size += end - run.end;
    run.end = end;
    const from = run.at + start - run.start;
    places.set([start, from, from + end - start, table.countOf(chunks[i] as number)], 4 * i);
  });
  try {
    const bytes = new Uint8Array(size);
    const parts = runs.map(async ({ start, end, at }) => {
      bytes.set(await source.read(start, end, { signal }), at);
    });
    await Promise.all(parts);
    return { bytes, places };
  } catch (error) {
    if (isNthrecError(error, "NTH_ABORTED")) throw error;
    return undefined;
  }
}
