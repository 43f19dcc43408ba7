import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import type { StepPlan } from "../plan/step.ts";
import type { RecordAccess } from "./access.ts";
import { Batch, type BatchOptions, batchScratch, cutsOf } from "./batch.ts";
import { isLie, readRecord } from "./read-record.ts";
import type { RecordSequence } from "./record-sequence.ts";
import type { Snapshot } from "./snapshot.ts";

/** The batches of a sequence, one after another. */
class BatchSequence<T> {
  readonly #sequence: RecordSequence;
  readonly #options: BatchOptions;
  // Two buffers take turns: one batch is fetched while the other is being read.
  readonly #scratches = [batchScratch(), batchScratch()] as const;
  #turn = 0;
  #next = 0;
  readonly snapshot: Snapshot<T>;
  readonly access: RecordAccess<T>;
  /** Ends the use of the snapshot's source. */
  readonly release: () => void;

  constructor(access: RecordAccess<T>, sequence: RecordSequence) {
    this.access = access;
    this.snapshot = access.snapshot();
    this.release = access.hold(this.snapshot);
    this.#sequence = sequence;
    this.#options = cutsOf(this.snapshot.format.source, Math.abs(sequence.step) === 1);
  }

  get done(): boolean {
    return this.#next >= this.#sequence.count;
  }

  *batch(): StepPlan<Batch<T>> {
    const { start, step, count } = this.#sequence;
    const scratch = this.#scratches[this.#turn++ % 2 === 0 ? 0 : 1];
    const batch = new Batch(this.snapshot.format);
    const take = (): number | undefined =>
      this.#next < count ? start + step * this.#next++ : undefined;
    yield* batch.fill(this.snapshot, take, this.#options, scratch);
    return batch;
  }

  /** Reads a record anew whose bytes were no record: the index may have lied. */
  recover(batch: Batch<T>, position: number): StepPlan<T> {
    return readRecord(this.access, this.snapshot, batch.indexAt(position));
  }
}

/** Iterates in the calling thread. */
export class SyncRecords<T> implements IterableIterator<T> {
  readonly #batches: BatchSequence<T>;
  #batch: Batch<T> | undefined;
  #position = 0;
  #closed = false;

  constructor(access: RecordAccess<T>, sequence: RecordSequence) {
    this.#batches = new BatchSequence(access, sequence);
  }

  next(): IteratorResult<T> {
    while (this.#batch === undefined || this.#position >= this.#batch.length) {
      if (this.#closed || this.#batches.done) return this.return();
      this.#batches.access.snapshot();
      this.#batch = runPlanSync(this.#batches.batch());
      this.#position = 0;
    }
    const position = this.#position++;
    try {
      return { value: this.#batch.get(position), done: false };
    } catch (error) {
      if (!isLie(error)) throw error;
      return { value: runPlanSync(this.#batches.recover(this.#batch, position)), done: false };
    }
  }

  return(value?: unknown): IteratorResult<T> {
    this.#closed = true;
    this.#batches.release();
    this.#batch = undefined;
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Iterates with the next batch on its way while the current one is read. */
export class AsyncRecords<T> implements AsyncIterableIterator<T> {
  readonly #batches: BatchSequence<T>;
  readonly #signal: AbortSignal | undefined;
  #batch: Batch<T> | undefined;
  #position = 0;
  #ahead: Promise<Batch<T>> | undefined;
  /** Calls of `next` that wait; later ones queue behind the last of them. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(access: RecordAccess<T>, sequence: RecordSequence, signal: AbortSignal | undefined) {
    this.#batches = new BatchSequence(access, sequence);
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting === 0 && this.#batch !== undefined && this.#position < this.#batch.length) {
      const position = this.#position++;
      try {
        return Promise.resolve({ value: this.#batch.get(position), done: false });
      } catch (error) {
        return this.#recover(this.#batch, position, error);
      }
    }
    return this.#queue();
  }

  return(value?: unknown): Promise<IteratorResult<T>> {
    this.#closed = true;
    this.#batches.release();
    this.#batch = undefined;
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #queue(): Promise<IteratorResult<T>> {
    this.#waiting++;
    const result = this.#last.then(() => this.#advance());
    this.#last = result.catch(() => {});
    return result;
  }

  async #advance(): Promise<IteratorResult<T>> {
    try {
      return await this.#slowly();
    } finally {
      // Before the caller hears of the record, so that its next call need not queue.
      this.#waiting--;
    }
  }

  async #slowly(): Promise<IteratorResult<T>> {
    while (this.#batch === undefined || this.#position >= this.#batch.length) {
      if (this.#closed || (this.#batches.done && this.#ahead === undefined)) {
        return this.return();
      }
      this.#batches.access.snapshot();
      const ahead = this.#ahead ?? this.#fetch();
      this.#ahead = undefined;
      this.#batch = await ahead;
      this.#position = 0;
      if (!this.#batches.done && !this.#closed) this.#ahead = this.#fetch();
    }
    const position = this.#position++;
    try {
      return { value: this.#batch.get(position), done: false };
    } catch (error) {
      return this.#recover(this.#batch, position, error);
    }
  }

  async #recover(batch: Batch<T>, position: number, error: unknown): Promise<IteratorResult<T>> {
    if (!isLie(error)) throw error;
    const plan = this.#batches.recover(batch, position);
    return { value: await runPlan(plan, { signal: this.#signal }), done: false };
  }

  #fetch(): Promise<Batch<T>> {
    const batch = runPlan(this.#batches.batch(), { signal: this.#signal });
    // Whoever asks for the batch gets its error; until then it must not count as unhandled.
    batch.catch(() => {});
    return batch;
  }
}
