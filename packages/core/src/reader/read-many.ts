import type { Scratch, StepPlan } from "../plan/step.ts";
import type { RecordAccess } from "./access.ts";
import { Batch, type BatchOptions } from "./batch.ts";
import { isLie, readRecord } from "./read-record.ts";
import type { Snapshot } from "./snapshot.ts";

/** Reads records by number: located in file order, neighbours fetched together, answered in the caller's order. */
export function* readMany<T>(
  access: RecordAccess<T>,
  snapshot: Snapshot<T>,
  indices: readonly number[],
  options: BatchOptions,
  scratch: Scratch,
): StepPlan<T[]> {
  const order = fileOrder(indices);
  const records = new Array<T>(indices.length);
  let next = 0;
  const take = (): number | undefined =>
    next < order.length ? (indices[order[next++] as number] as number) : undefined;
  while (next < order.length) {
    const from = next;
    const batch = new Batch(snapshot.format);
    yield* batch.fill(snapshot, take, options, scratch);
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

/** Up to here a number that holds record and position is taken apart exactly by a division. */
const LARGEST_KEY = 2 ** 51;

/** Positions of `indices` in rising order of record number. */
function fileOrder(indices: readonly number[]): ArrayLike<number> {
  const count = indices.length;
  let rising = true;
  let highest = 0;
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    if (index < highest) rising = false;
    else highest = index;
  }
  const order = new Float64Array(count);
  if (rising || (highest + 1) * count > LARGEST_KEY) {
    for (let i = 0; i < count; i++) order[i] = i;
    return rising ? order : order.sort((a, b) => (indices[a] as number) - (indices[b] as number));
  }
  // One number holds record and position, so that sorting needs no comparison function.
  for (let i = 0; i < count; i++) order[i] = (indices[i] as number) * count + i;
  order.sort();
  for (let i = 0; i < count; i++) {
    const key = order[i] as number;
    // Half the time of `%`, which calls a function of the C library for such large numbers.
    order[i] = key - Math.floor(key / count) * count;
  }
  return order;
}
