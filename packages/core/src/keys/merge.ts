import type { StepPlan } from "../plan/step.ts";
import type { ByteSink } from "../sink/byte-sink.ts";
import { advance, compareEntries, type EntryCursor } from "./cursor.ts";
import type { IndexWriter } from "./index-writer.ts";

/** Gives a writer the entries of all cursors, in their order. */
export function* merge(
  cursors: readonly EntryCursor[],
  writer: IndexWriter,
  sink: ByteSink,
): StepPlan<void> {
  const heap: EntryCursor[] = [];
  for (const cursor of cursors) if (yield* advance(cursor)) heap.push(cursor);
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) settle(heap, i);
  while (heap.length > 0) {
    const least = heap[0] as EntryCursor;
    writer.add(least);
    // Alone it is the least until more of it must be read.
    while (heap.length === 1 && !writer.full && least.next()) writer.add(least);
    if (writer.full) yield* writer.flush(sink);
    if (!least.next() && !(yield* least.fill())) {
      const last = heap.pop() as EntryCursor;
      if (heap.length === 0) return;
      heap[0] = last;
    }
    if (heap.length > 1) settle(heap, 0);
  }
}

/** Moves the cursor at `place` down to where its entry belongs. */
function settle(heap: EntryCursor[], place: number): void {
  const moved = heap[place] as EntryCursor;
  let at = place;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const other = heap[child + 1];
    if (other !== undefined && compareEntries(other, heap[child] as EntryCursor) < 0) child++;
    if (compareEntries(moved, heap[child] as EntryCursor) <= 0) break;
    heap[at] = heap[child] as EntryCursor;
    at = child;
  }
  heap[at] = moved;
}
