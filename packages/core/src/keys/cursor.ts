import type { StepPlan } from "../plan/step.ts";
import { compareKeys } from "./key.ts";

/** A walk over pairs of key and record, in the order of an index: by hash, key and record. */
export interface EntryCursor {
  /** The entry it stands on. */
  readonly hash: number;
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly record: number;
  /** Goes on to the next entry, if that is in memory. */
  next(): boolean;
  /** Brings more entries into memory and goes on to the first of them; `false` at the end. */
  fill(): StepPlan<boolean>;
}

/** Goes on to the next entry, wherever it is. */
export function* advance(cursor: EntryCursor): StepPlan<boolean> {
  return cursor.next() || (yield* cursor.fill());
}

/** The order of entries. */
export function compareEntries(a: EntryCursor, b: EntryCursor): number {
  return a.hash - b.hash || compareKeys(a, b) || a.record - b.record;
}
