import { platform } from "#platform";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { NthrecError, throwIfAborted } from "../errors.ts";
import { PendingBatch } from "../journal/pending.ts";
import type { Publisher } from "../journal/publisher.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import type { StepPlan } from "../plan/step.ts";
import { threadTurns } from "../source/turn-watch.ts";

/** An append that waits for the commit that carries it. */
interface Waiter {
  /** The record's number in its batch. */
  readonly position: number;
  readonly resolve: (index: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A batch on its way, and those who wait for it. */
interface Taken {
  readonly batch: PendingBatch;
  readonly waiters: readonly Waiter[];
}

/** The writer's side of a format. */
export interface WriterFormat<T> {
  /** Whether it keeps records and writes them later. */
  readonly gathers: boolean;
  readonly append: (value: T, out: ByteWriter) => void;
  /** Forgets the records that it keeps. */
  drop(): void;
  /** Whether the file lacks what only closing writes, after the last commit. */
  unfinished(): boolean;
}

/** What all handles of one writer share: the batch being gathered, and the one commit at a time. */
export class WriterCore<T> {
  readonly publisher: Publisher;
  readonly #format: WriterFormat<T>;
  readonly #highWater: number;
  handles = 1;
  #pending: PendingBatch = newBatch();
  #spare: PendingBatch = newBatch();
  #waiters: Waiter[] = [];
  /** What writing ahead of a commit failed with, for the next verb to tell. */
  #failure: { readonly error: unknown } | undefined;
  /** Records on their way to disk. */
  #inFlight = 0;
  /** The commit under way; later ones queue behind it. */
  #busy: Promise<void> | undefined;
  /** The last commit, to the end of the turn in which it was settled: commits called until then join it. */
  #last: Promise<void> | undefined;
  /** Whether the last commit was settled. */
  #over = true;
  #scheduled = false;
  #closed = false;
  /** Whether the last commit that went through left the file without what only closing writes. */
  #unfinished = false;

  constructor(format: WriterFormat<T>, publisher: Publisher, highWater: number) {
    this.publisher = publisher;
    this.#format = format;
    this.#highWater = highWater;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Records published, and those of this writer that are not yet. */
  get length(): number {
    return this.publisher.records + this.#inFlight + this.#pending.records;
  }

  /** Encodes a record at once. Answers its number where that is known, and else when the commit is through. */
  append(value: T): number | Promise<number> {
    this.#report();
    this.#add(this.#pending, value);
    return this.publisher.shared ? this.#join() : this.#settled();
  }

  /**
   * Encodes many records into one batch; nothing of it stays when one of them cannot be encoded. Of an iterable, what
   * fits under the high-water mark is encoded before this returns, so that it keeps its place among appends.
   */
  async extend(
    values: Iterable<T> | AsyncIterable<T>,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { gathers } = this.#format;
    let count = 0;
    let unit = gathers ? this.#pending : newBatch();
    const add = (value: T): boolean => {
      this.#check();
      throwIfAborted(signal, this.publisher.name);
      if (gathers) unit = this.#pending;
      this.#add(unit, value);
      count++;
      return unit.out.length >= this.#highWater;
    };
    const flush = async (): Promise<void> => {
      if (unit.records === 0) return;
      this.#check();
      this.#report();
      if (!gathers) this.#pending.join(unit);
      unit = gathers ? this.#pending : newBatch();
      await (this.publisher.shared ? this.#join() : this.#settled());
    };
    if (Symbol.iterator in values) {
      for (const value of values) if (add(value)) await flush();
    } else {
      for await (const value of values) if (add(value)) await flush();
    }
    await flush();
    return count;
  }

  /** {@link WriterCore.extend}, before it returns. */
  extendSync(values: Iterable<T>): number {
    this.#refuseBusy();
    const { gathers } = this.#format;
    let count = 0;
    let unit = gathers ? this.#pending : newBatch();
    const flush = (): void => {
      this.#drainSync();
      if (!gathers) this.#pending.join(unit);
      unit = gathers ? this.#pending : newBatch();
      if (this.publisher.shared) this.commitSync();
    };
    for (const value of values) {
      if (gathers) unit = this.#pending;
      this.#add(unit, value);
      count++;
      if (unit.out.length >= this.#highWater) flush();
    }
    flush();
    return count;
  }

  appendSync(value: T): number {
    this.#refuseBusy();
    this.#drainSync();
    this.#add(this.#pending, value);
    if (!this.publisher.shared) return this.length - 1;
    const position = this.#pending.records - 1;
    return this.commitSync() + position;
  }

  /**
   * Publishes everything appended before the call.
   *
   * @param closing Whether the writer closes with it.
   */
  async commit(closing = false): Promise<void> {
    if (this.publisher.shared && this.#last !== undefined) {
      // A batch that fails is gone, whoever began its commit.
      const joined = this.#pending.records > 0 ? this.#join() : undefined;
      await Promise.all([this.#last, joined]);
      if (!closing) return;
    }
    while (this.#busy !== undefined) await this.#busy.catch(() => {});
    if (this.#pending.records > 0 || this.publisher.fresh) await this.#start(closing);
    if (closing && this.#unfinished) await this.#start(closing);
  }

  /** {@link WriterCore.commit}, before it returns; answers the number of the batch's first record. */
  commitSync(closing = false): number {
    this.#refuseBusy();
    const publish = (): number => runPlanSync(this.#publish(true, closing));
    const first =
      this.#pending.records > 0 || this.publisher.fresh ? publish() : this.publisher.records;
    if (closing && this.#unfinished) publish();
    return first;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.commit(true);
    this.#closed = true;
    await runPlan(this.publisher.close());
  }

  closeSync(): void {
    if (this.#closed) return;
    this.commitSync(true);
    this.#closed = true;
    runPlanSync(this.publisher.close());
  }

  /** Forgets what is not published, and lets go of everything. */
  async abort(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const gone = new NthrecError(
      "NTH_ABORTED",
      `the writer of ${this.publisher.name} was aborted`,
      {
        source: this.publisher.name,
      },
    );
    for (const waiter of this.#waiters.splice(0)) waiter.reject(gone);
    this.#pending.reset();
    while (this.#busy !== undefined) await this.#busy.catch(() => {});
    await runPlan(this.publisher.close());
  }

  /** Adds a record from inside a plan. */
  *keep(encode: (out: ByteWriter) => void): StepPlan<void> {
    this.#pending.add(encode, (write, out) => write(out));
    if (this.#pending.out.length >= this.#highWater) yield* this.publisher.ahead(this.#pending);
  }

  /** Publishes and closes from inside a plan. */
  *finish(): StepPlan<void> {
    yield* this.#publish(false, true);
    this.#closed = true;
    yield* this.publisher.close();
  }

  /** Waits with the record just added for the commit that carries it. */
  #join(): Promise<number> {
    const position = this.#pending.records - 1;
    const promise = new Promise<number>((resolve, reject) => {
      this.#waiters.push({ position, resolve, reject });
    });
    this.#schedule();
    return promise;
  }

  #add(batch: PendingBatch, value: T): void {
    batch.add(value, this.#format.append);
  }

  /** The number of the record just added; with a promise when the batch had to be written first. */
  #settled(): number | Promise<number> {
    const index = this.length - 1;
    if (this.#pending.out.length < this.#highWater) return index;
    const written = this.#busy ?? this.#drain();
    return written.catch(() => {}).then(() => index);
  }

  /** Writes ahead of the commit. The records stay in the batch if that fails: the next verb tells, and does nothing. */
  #drain(): Promise<void> {
    const drained = runPlan(this.publisher.ahead(this.#pending)).catch((error: unknown) => {
      this.#failure = { error };
    });
    const settled = drained.finally(() => {
      if (this.#busy === settled) this.#busy = undefined;
    });
    this.#busy = settled;
    return settled;
  }

  /** Writes what is over the high-water mark, before anything is added. */
  #drainSync(): void {
    this.#report();
    if (this.#pending.out.length < this.#highWater) return;
    if (this.publisher.shared) this.commitSync();
    else runPlanSync(this.publisher.ahead(this.#pending));
  }

  #report(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /** Appends of one turn travel in one commit. */
  #schedule(): void {
    if (this.#scheduled || this.#busy !== undefined) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#busy === undefined && this.#waiters.length > 0) this.#start().catch(() => {});
    });
  }

  #start(closing = false): Promise<void> {
    this.#over = false;
    const busy = this.#run(closing).finally(() => {
      if (this.#busy === busy) this.#busy = undefined;
      // What came meanwhile goes next, whether this commit succeeded or not.
      if (this.#waiters.length > 0) this.#schedule();
    });
    // A commit to a local file is over before `run` first waits.
    if (!this.#over) this.#busy = busy;
    this.#last = busy;
    return busy;
  }

  async #run(closing: boolean): Promise<void> {
    if (threadTurns.due) await platform.breathe();
    await runPlan(this.#publish(false, closing));
    threadTurns.note(performance.now());
  }

  /**
   * Publishes the pending batch; answers the number of its first record. All counts change in the step that ends
   * the publisher's commit: a record that is appended a moment later must find its number.
   */
  *#publish(sync: boolean, closing: boolean): StepPlan<number> {
    let taken: Taken | undefined;
    const take = (): PendingBatch => {
      // An aborted writer publishes nothing, not even an empty file.
      this.#check();
      taken = this.#take();
      const { batch } = taken;
      this.#inFlight = batch.records;
      batch.closing = closing;
      batch.required = closing && this.#unfinished;
      return batch;
    };
    try {
      const first = yield* this.publisher.commit(take, sync);
      this.#settle();
      this.#failure = undefined;
      this.#unfinished = this.#format.unfinished();
      this.#succeed(taken as Taken | undefined, first);
      return first;
    } catch (error) {
      this.#settle();
      this.#fail(taken, error);
      throw error;
    }
  }

  /** Whoever hears of the commit next finds the writer free. */
  #settle(): void {
    this.#inFlight = 0;
    this.#over = true;
    this.#busy = undefined;
    // Before any of those goes on who are told below: what they do next is not part of this commit.
    queueMicrotask(() => {
      if (this.#busy === undefined) this.#last = undefined;
    });
  }

  #take(): Taken {
    const taken = { batch: this.#pending, waiters: this.#waiters };
    this.#pending = this.#spare;
    this.#waiters = [];
    return taken;
  }

  #succeed(taken: Taken | undefined, first: number): void {
    if (taken === undefined) return;
    taken.batch.reset();
    this.#spare = taken.batch;
    for (const { position, resolve } of taken.waiters) resolve(first + position);
  }

  /** Records that somebody waits for are given up with an error; others are kept for the next commit. */
  #fail(taken: Taken | undefined, error: unknown): void {
    if (this.publisher.shared) {
      // The lock did not come free: the format still has what it gathered.
      if (taken === undefined) this.#format.drop();
      const { batch, waiters } = taken ?? this.#take();
      batch.reset();
      this.#spare = batch;
      for (const { reject } of waiters) reject(error);
      return;
    }
    if (taken === undefined) return;
    const { batch } = taken;
    batch.out.rebase(batch.ahead);
    const newer = this.#pending;
    batch.join(newer);
    newer.reset();
    this.#spare = newer;
    this.#pending = batch;
  }

  #refuseBusy(): void {
    this.#check();
    if (this.#busy === undefined) return;
    throw new NthrecError(
      "NTH_LOCKED",
      `an asynchronous commit to ${this.publisher.name} is under way: await it, or use the verb without "Sync"`,
      { source: this.publisher.name },
    );
  }

  #check(): void {
    if (!this.#closed) return;
    throw new NthrecError("NTH_NOT_OPEN", `the writer of ${this.publisher.name} is closed`, {
      source: this.publisher.name,
    });
  }
}

function newBatch(): PendingBatch {
  return new PendingBatch((size) => platform.allocate(size));
}
