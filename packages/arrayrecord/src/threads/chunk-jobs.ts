import { isNthrecError } from "@nthrec/core";
import { wholeOf } from "../chunk/chunk-data.ts";
import { type ChunkRecords, cut } from "../chunk/chunk-records.ts";
import { decodeChunk } from "../chunk/decode-chunk.ts";
import { encodeChunk } from "../chunk/encode-chunk.ts";
import type { Codecs } from "../codecs/codec.ts";
import { parseChunk } from "../framing/parse-chunk.ts";
import type { WriterSettings } from "../options/writer-settings.ts";

/** Records of several chunks, to be encoded. Bytes change hands. */
export interface EncodeJob {
  readonly settings: WriterSettings;
  readonly bytes: Uint8Array;
  /** Where each record ends. */
  readonly ends: Float64Array;
}

/** The data of several chunks, behind each other. */
export interface EncodedChunks {
  readonly bytes: Uint8Array;
  /** Where the data of each chunk end. */
  readonly ends: Float64Array;
}

/** Chunks as they lie in a file, to be decoded. Bytes change hands. */
export interface DecodeJob {
  readonly bytes: Uint8Array;
  /** For each chunk: where it begins in the file, where it begins and ends in `bytes`, and its records. */
  readonly places: Float64Array;
}

/** Numbers that {@link DecodeJob.places} holds for each chunk. */
export const PLACE_WIDTH = 4;

/** The chunks of a {@link DecodeJob}, behind each other; those that cannot be read are missing. */
export interface DecodedChunks {
  readonly bytes: Uint8Array;
  /** Where the records of each chunk begin and end in `bytes`; twice -1 for one that cannot be read. */
  readonly bounds: Float64Array;
  /** Where each record ends in its chunk, chunk after chunk. */
  readonly ends: Float64Array;
}

/** Encodes the records of a job, group by group; the last one may be smaller. */
export function encodeChunks(job: EncodeJob, codecs: Codecs): EncodedChunks {
  const { settings, bytes, ends } = job;
  const { groupSize } = settings;
  const chunks: Uint8Array[] = [];
  const stops = new Float64Array(Math.ceil(ends.length / groupSize));
  let size = 0;
  for (let from = 0; from < ends.length; from += groupSize) {
    const group = cut({ bytes, ends }, from, Math.min(ends.length, from + groupSize));
    const data = wholeOf(encodeChunk(group, settings, codecs));
    size += data.length;
    stops[chunks.push(data) - 1] = size;
  }
  return { bytes: concat(chunks, size), ends: stops };
}

/** Checks and decodes the chunks of a job. What is wrong with one is for the thread to say that reads it. */
export function decodeChunks({ bytes, places }: DecodeJob, codecs: Codecs): DecodedChunks {
  const decoded = Array.from({ length: places.length / PLACE_WIDTH }, (_, i) =>
    decodeOne(bytes, places.subarray(PLACE_WIDTH * i, PLACE_WIDTH * (i + 1)), codecs),
  );
  const bounds = new Float64Array(2 * decoded.length).fill(-1);
  let size = 0;
  let count = 0;
  decoded.forEach((chunk, i) => {
    if (chunk === undefined) return;
    bounds[2 * i] = size;
    size += chunk.bytes.length;
    bounds[2 * i + 1] = size;
    count += chunk.ends.length;
  });
  const all = new Float64Array(count);
  let at = 0;
  for (const chunk of decoded) {
    if (chunk === undefined) continue;
    all.set(chunk.ends, at);
    at += chunk.ends.length;
  }
  const runs = decoded.map((chunk) => chunk?.bytes ?? new Uint8Array(0));
  return { bytes: concat(runs, size), bounds, ends: all };
}

function decodeOne(
  bytes: Uint8Array,
  place: Float64Array,
  codecs: Codecs,
): ChunkRecords | undefined {
  const [begin = 0, start = 0, end = 0, count = 0] = place;
  try {
    const chunk = parseChunk(bytes.subarray(start, end), begin, begin + end - start);
    return chunk.numRecords === count ? decodeChunk(chunk, codecs) : undefined;
  } catch (error) {
    if (isNthrecError(error)) return undefined;
    throw error;
  }
}

function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
