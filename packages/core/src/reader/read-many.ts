import type { Scratch, StepPlan } from "../plan/step.ts";
import type { RecordAccess } from "./access.ts";
import { Batch, cutsOf } from "./batch.ts";
import { fileOrder } from "./file-order.ts";
import { isLie, readRecord } from "./read-record.ts";
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
  let next = 0;
  const take = (): number | undefined =>
    next < order.length ? (indices[order[next++] as number] as number) : undefined;
  while (next < order.length) {
    const from = next;
    const batch = new Batch(snapshot.format);
    yield* batch.fill(snapshot, take, cuts, scratch);
    for (let i = 0; i < batch.length; i++) {
      const position = order[from + i] as number;
      try {
        records[position] = batch.get(i);
      } catch (error) {
        if (!isLie(error)) throw error;
        records[position] = yield* readRecord(access, snapshot, batch.indexAt(i));
      }
    }
  }
  return records;
}
