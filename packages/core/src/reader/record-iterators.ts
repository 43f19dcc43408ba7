import { PageMiss } from "../offsets/offset-table.ts";
import { withPages } from "../offsets/page-cache.ts";
import { type RecordSequence, within } from "../offsets/record-sequence.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import type { StepPlan } from "../plan/step.ts";
import { checkIndex, type RecordAccess } from "./access.ts";
import { Batch, type BatchOptions, batchScratch, cutsOf } from "./batch.ts";
import { isLie } from "./read-record.ts";
import type { RecordRuns } from "./record-slice.ts";
import type { Snapshot } from "./snapshot.ts";

/** The iterators of one reader's records. */
export function runsOf<T>(access: RecordAccess<T>): RecordRuns<T> {
  return {
    run: (sequence) => new SyncRecords(access, sequence),
    runAsync: (sequence, signal) => new AsyncRecords(access, sequence, signal),
  };
}

/** The batches of a sequence, one after another. */
class BatchSequence<T> {
  #sequence: RecordSequence;
  readonly #options: BatchOptions;
  // Two buffers take turns: one batch is fetched while the other is being read.
  readonly #scratches = [batchScratch(), batchScratch()] as const;
  #turn = 0;
  #next = 0;
  #snapshot: Snapshot<T>;
  readonly access: RecordAccess<T>;
  /** Ends the use of the snapshot's source. */
  readonly release: () => void;

  constructor(access: RecordAccess<T>, sequence: RecordSequence) {
    this.access = access;
    this.#snapshot = access.snapshot();
    const { format, length } = this.#snapshot;
    const { start, step, count } = sequence;
    // A view may be older than the snapshot.
    if (count > 0)
      checkIndex(Math.max(start, start + step * (count - 1)), length, format.source.name);
    this.release = access.hold(this.#snapshot);
    this.#sequence = sequence;
    this.#options = cutsOf(format.source, Math.abs(step) === 1);
  }

  get done(): boolean {
    return this.#next >= this.#sequence.count;
  }

  *batch(): StepPlan<Batch<T>> {
    const { start, step, count } = this.#sequence;
    const scratch = this.#scratches[this.#turn++ % 2 === 0 ? 0 : 1];
    const batch = new Batch(this.#snapshot.format);
    const first = this.#next;
    const numberAt = (i: number): number | undefined =>
      first + i < count ? start + step * (first + i) : undefined;
    yield* batch.fill(this.#snapshot, numberAt, this.#options, scratch);
    this.#next = first + batch.length;
    return batch;
  }

  /** Decodes a record again whose offsets were not all in memory. */
  again(batch: Batch<T>, position: number): StepPlan<T> {
    return withPages(this.#snapshot.pages, () => batch.get(position));
  }

  /**
   * After a record whose bytes were no record: goes on at its number with offsets found anew, if the index may have
   * lied. Answers whether it does.
   */
  *mend(index: number): StepPlan<boolean> {
    const before = this.#snapshot;
    const sound = yield* this.access.distrust(before, index);
    if (sound === before) return false;
    this.#snapshot = sound;
    const { start, step, count, all } = this.#sequence;
    const rest = all ? sound.length : count - (index - start) / step;
    this.#sequence = within({ start: index, step, count: rest, all }, sound.length);
    this.#next = 0;
    return true;
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
    for (;;) {
      while (this.#batch === undefined || this.#position >= this.#batch.length) {
        if (this.#closed || this.#batches.done) return this.return();
        this.#batches.access.snapshot();
        this.#batch = this.#fetch();
        this.#position = 0;
      }
      const position = this.#position++;
      try {
        return { value: this.#batch.get(position), done: false };
      } catch (error) {
        if (error instanceof PageMiss) {
          return { value: runPlanSync(this.#batches.again(this.#batch, position)), done: false };
        }
        if (!isLie(error)) throw error;
        if (!runPlanSync(this.#batches.mend(this.#batch.indexAt(position)))) throw error;
        this.#batch = undefined;
      }
    }
  }

  /** The next batch. Records that could not be fetched are not passed over: the iteration is over. */
  #fetch(): Batch<T> {
    try {
      return runPlanSync(this.#batches.batch());
    } catch (error) {
      this.return();
      throw error;
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
  /** What the last record failed with, when the index may have lied. */
  #lie: { readonly index: number; readonly error: unknown } | undefined;
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
        if (error instanceof PageMiss) this.#position = position;
        else if (!isLie(error)) return Promise.reject(error);
        else this.#lie = { index: this.#batch.indexAt(position), error };
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
    for (;;) {
      if (this.#lie !== undefined) await this.#mend(this.#lie);
      while (this.#batch === undefined || this.#position >= this.#batch.length) {
        if (this.#closed || (this.#batches.done && this.#ahead === undefined)) {
          return this.return();
        }
        this.#batches.access.snapshot();
        const ahead = this.#ahead ?? this.#fetch();
        this.#ahead = undefined;
        this.#batch = await this.#arrived(ahead);
        this.#position = 0;
        if (!this.#batches.done && !this.#closed) this.#ahead = this.#fetch();
      }
      const position = this.#position++;
      try {
        return { value: this.#batch.get(position), done: false };
      } catch (error) {
        if (error instanceof PageMiss) {
          const plan = this.#batches.again(this.#batch, position);
          return { value: await runPlan(plan, { signal: this.#signal }), done: false };
        }
        if (!isLie(error)) throw error;
        this.#lie = { index: this.#batch.indexAt(position), error };
      }
    }
  }

  /** The next batch. Records that could not be fetched are not passed over: the iteration is over. */
  async #arrived(ahead: Promise<Batch<T>>): Promise<Batch<T>> {
    try {
      return await ahead;
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async #mend({ index, error }: { index: number; error: unknown }): Promise<void> {
    this.#lie = undefined;
    // It takes its record numbers from where this one will go on.
    await this.#ahead?.catch(() => {});
    const mended = await runPlan(this.#batches.mend(index), { signal: this.#signal });
    if (!mended) throw error;
    this.#batch = undefined;
    this.#ahead = undefined;
  }

  #fetch(): Promise<Batch<T>> {
    const batch = runPlan(this.#batches.batch(), { signal: this.#signal });
    // Whoever asks for the batch gets its error; until then it must not count as unhandled.
    batch.catch(() => {});
    return batch;
  }
}
