import { NthrecError } from "../errors.ts";
import type { StepPlan } from "../plan/step.ts";
import { kindOf } from "../resolve/resolve.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the verbs, views and iterators need of a reader; the handle and nothing of the format. */
export interface RecordAccess<T> {
  /** The snapshot in force. @throws {@link NthrecError} `NTH_NOT_OPEN` */
  snapshot(): Snapshot<T>;
  /** Replaces a snapshot whose index lied by one whose offsets are found anew; once. */
  distrust(snapshot: Snapshot<T>, index: number): StepPlan<Snapshot<T>>;
  /** Keeps a snapshot's source open until the answer is called. */
  hold(snapshot: Snapshot<T>): () => void;
}

/** Gives an error that a format threw its place: file, record and byte. */
export function located(error: unknown, source: string, index: number, offset: number): unknown {
  if (!(error instanceof NthrecError) || error.code === "NTH_ABORTED") return error;
  if (error.source !== undefined && error.index !== undefined && error.offset !== undefined)
    return error;
  const place = `record ${index} of ${source} (byte ${offset})`;
  const placed = new NthrecError(error.code, `${place}: ${error.message}`, {
    source: error.source ?? source,
    index: error.index ?? index,
    offset: error.offset ?? offset,
    cause: error.cause,
  });
  if (error.stack !== undefined) placed.stack = error.stack.replace(error.message, placed.message);
  return placed;
}

/** The bytes at a record's place are not one record. */
export function frameError(source: string, index: number, offset: number): NthrecError {
  return new NthrecError(
    "NTH_CORRUPTION",
    `record ${index} of ${source} (byte ${offset}): its bytes are not exactly one record; verify() says where the file is damaged`,
    { source, index, offset },
  );
}

/** The record numbers that a batch names. @throws {@link TypeError} for what holds none: one number is no batch */
export function numbersOf(indices: Iterable<number>): number[] {
  if (typeof indices === "object" && indices !== null && Symbol.iterator in indices) {
    return Array.from(indices);
  }
  throw new TypeError(`getMany takes an iterable of record numbers, not ${kindOf(indices)}`);
}

/** Refuses a record number that is none. */
export function checkIndex(index: number, length: number, source: string): void {
  if (index >= 0 && index < length && Number.isInteger(index)) return;
  if (!Number.isInteger(index)) {
    throw new TypeError(`a record number is an integer, not ${String(index)}`);
  }
  throw new NthrecError(
    "NTH_OUT_OF_RANGE",
    `record ${index} does not exist: ${source} has ${length} records`,
    { source, index },
  );
}

/** Refuses a record that is longer than the caller allows, before memory is taken for it. */
export function checkSize(
  bytes: number,
  limit: number,
  source: string,
  index: number,
  offset: number,
): void {
  if (bytes <= limit) return;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `record ${index} of ${source} (byte ${offset}) takes ${bytes} bytes, more than maxRecordBytes (${limit})`,
    { source, index, offset },
  );
}
