import type { StepPlan } from "../plan/step.ts";
import type { PendingBatch } from "./pending.ts";

/** Where a writer's batches go. */
export interface Publisher {
  /** Path or label of the data. */
  readonly name: string;
  /** Records published so far, as far as this writer knows. */
  readonly records: number;
  /** Whether others may publish in between, so that a record's number is known only at the commit. */
  readonly shared: boolean;
  /** Whether even an empty commit has something to do: make a new file, or mend what the last failure left. */
  readonly fresh: boolean;
  /** Prepares the first commit. @param sync Whether the caller blocks its thread while it waits. */
  open(sync: boolean): StepPlan<void>;
  /**
   * Publishes a batch; answers the number of its first record. On failure everything is as before.
   *
   * @param take Closes the batch, as late as can be: what is appended while this writer waits for its turn is part of
   * it, and the format completes it in the same step.
   */
  commit(take: () => PendingBatch, sync: boolean): StepPlan<number>;
  /** Hands bytes of an unfinished batch out early, to bound memory; only where nobody else can publish. */
  ahead(batch: PendingBatch): StepPlan<void>;
  /** Lets go of everything; what was never published goes, too. */
  close(): StepPlan<void>;
}
