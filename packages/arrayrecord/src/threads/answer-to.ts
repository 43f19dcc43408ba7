import { NthrecError } from "@nthrec/core";
import type { Codecs } from "../codecs/codec.ts";
import { decodeChunks, encodeChunks } from "./chunk-jobs.ts";
import type { ThreadAnswer, ThreadJob } from "./chunk-threads.ts";

/** Does a job, and answers with the memory that goes along. */
export function answerTo(
  job: ThreadJob,
  codecs: Codecs,
): { readonly answer: ThreadAnswer; readonly transfer: ArrayBuffer[] } {
  const { id } = job;
  try {
    if ("encode" in job) {
      const encoded = encodeChunks(job.encode, codecs);
      return { answer: { id, encoded }, transfer: buffersOf(encoded) };
    }
    const decoded = decodeChunks(job.decode, codecs);
    return { answer: { id, decoded }, transfer: buffersOf(decoded) };
  } catch (error) {
    const code = error instanceof NthrecError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    return { answer: { id, failure: { code, message } }, transfer: [] };
  }
}

/** The memory of arrays that have theirs for themselves. */
export function buffersOf(arrays: object): ArrayBuffer[] {
  return Object.values(arrays)
    .filter((value) => ArrayBuffer.isView(value))
    .map(({ buffer }) => buffer as ArrayBuffer);
}
