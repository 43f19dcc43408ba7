import { PageMiss } from "../offsets/offset-table.ts";
import { withPages } from "../offsets/page-cache.ts";
import type { Scratch, StepPlan } from "../plan/step.ts";
import { checkIndex, type RecordAccess } from "./access.ts";
import { Batch, cutsOf } from "./batch.ts";
import { fileOrder } from "./file-order.ts";
import { isLie } from "./read-record.ts";
import type { Snapshot } from "./snapshot.ts";

/** Reads records by number: located in file order, neighbours fetched together, answered in the caller's order. */
export function* readMany<T>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  indices: readonly number[],
  scratch: Scratch,
): StepPlan<T[]> {
  const cuts = cutsOf(snapshot.format.source, false);
  const order = fileOrder(indices);
  const records = new Array<T>(indices.length);
  let current = snapshot;
  let next = 0;
  const numberAt = (i: number): number | undefined => {
    if (next + i >= order.length) return undefined;
    const index = indices[order[next + i] as number] as number;
    if (current !== snapshot) checkIndex(index, current.length, current.format.source.name);
    return index;
  };
  while (next < order.length) {
    const from = next;
    const batch = new Batch(current.format);
    yield* batch.fill(current, numberAt, cuts, scratch);
    next += batch.length;
    for (let i = 0; i < batch.length; i++) {
      try {
        records[order[from + i] as number] = batch.get(i);
      } catch (error) {
        if (error instanceof PageMiss) {
          const position = order[from + i] as number;
          records[position] = yield* withPages(current.pages, () => batch.get(i));
          continue;
        }
        if (!isLie(error)) throw error;
        const sound = yield* access.distrust(current, batch.indexAt(i));
        if (sound === current) throw error;
        // The index lied about one place; what it said about the others counts no more.
        current = sound;
        next = 0;
        break;
      }
    }
  }
  return records;
}
