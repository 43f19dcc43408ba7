import { isNthrecError } from "../errors.ts";
import type { FormatHooks, TailPolicy } from "../offsets/format-hooks.ts";
import { newScratch } from "../offsets/scan.ts";
import { close, readsOf, type StepPlan } from "../plan/step.ts";
import type { Resolved } from "../resolve/resolve.ts";
import { subSource } from "../source/sync-sub-source.ts";
import type { ReadPlan } from "../types.ts";
import { type OpenedData, openData } from "./open-data.ts";
import type { ReaderOptions } from "./reader-options.ts";

/** Tries to see what the format keeps outside its records in one state while a writer is busy. */
const TRIES = 100;

/** Data, and the format over them, which knows what it keeps outside its records. */
export interface OpenedFormat<T> {
  readonly data: OpenedData;
  readonly format: FormatHooks<T>;
}

/**
 * Opens data and lets the format look at its header or footer, so that these belong to the same commit as the
 * records: unlike records they are overwritten by the next one.
 */
export function* openFormat<T>(
  resolved: Resolved,
  options: ReaderOptions,
  make: (source: OpenedData["source"], tail: TailPolicy | undefined) => FormatHooks<T>,
): StepPlan<OpenedFormat<T>> {
  for (let tries = 1; ; tries++) {
    const data = yield* openData(resolved, options);
    const last = tries === TRIES;
    try {
      const whole = data.end === data.source.size;
      const source = whole ? data.source : subSource(data.source, 0, data.end);
      // What another program left behind the committed end may be half a record.
      const format = make(source, data.verdict === "grown" ? "ignore" : undefined);
      const looked = yield* look(format);
      if (!looked || last || !data.moved()) return { data, format };
    } catch (error) {
      if (last || isNthrecError(error, "NTH_ABORTED") || !data.moved()) {
        if (resolved.owned) yield* close(data.source);
        throw error;
      }
    }
    yield* close(data.source);
  }
}

/** Answers whether the format read anything. */
function* look(format: FormatHooks): StepPlan<boolean> {
  let looked = false;
  function* watched(plan: ReadPlan<void>): ReadPlan<void> {
    let next = plan.next();
    while (!next.done) {
      looked = true;
      next = plan.next(yield next.value);
    }
  }
  yield* readsOf(format.source, watched(format.open()), newScratch());
  return looked;
}
