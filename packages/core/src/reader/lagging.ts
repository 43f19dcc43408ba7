import { equalBytes } from "../bytes/le.ts";
import { TAIL_BYTES } from "../journal/seal.ts";
import { read, type StepPlan } from "../plan/step.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Whether a later snapshot counts fewer records only because it was taken in the middle of a commit: those of another
 * program behind the committed end do not count then, and are there all the same.
 */
export function* isLagging<T>(before: Snapshot<T>, after: Snapshot<T>): StepPlan<boolean> {
  const end = before.format.recordsEnd;
  if (!after.busy || after.length >= before.length || after.opened.size < end) return false;
  const from = Math.max(0, end - TAIL_BYTES);
  const seen = (yield* read(before.opened, from, end)).slice();
  return equalBytes(yield* read(after.opened, from, end), seen);
}
