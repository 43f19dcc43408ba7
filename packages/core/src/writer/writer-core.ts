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

/** What all handles of one writer share: the batch being gathered, and the one commit at a time. */
export class WriterCore<T> {
  readonly publisher: Publisher;
  readonly #encode: (value: T, out: ByteWriter) => void;
  readonly #highWater: number;
  handles = 1;
  #pending: PendingBatch = newBatch();
  #spare: PendingBatch = newBatch();
  #waiters: Waiter[] = [];
  /** Records on their way to disk. */
  #inFlight = 0;
  /** The commit under way; later ones queue behind it. */
  #busy: Promise<void> | undefined;
  /** Whether the last commit was settled. */
  #over = true;
  #scheduled = false;
  #closed = false;

  constructor(
    encode: (value: T, out: ByteWriter) => void,
    publisher: Publisher,
    highWater: number,
  ) {
    this.publisher = publisher;
    this.#encode = encode;
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
    this.#pending.add((out) => this.#encode(value, out));
    return this.publisher.shared ? this.#join() : this.#settled();
  }

  /** Encodes many records into one batch; nothing of it stays when one of them cannot be encoded. */
  async extend(
    values: Iterable<T> | AsyncIterable<T>,
    gathers: boolean,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let count = 0;
    let unit = gathers ? this.#pending : newBatch();
    const last: (number | Promise<number>)[] = [];
    const flush = async (): Promise<void> => {
      if (unit.records === 0) return;
      if (!gathers) this.#pending.join(unit);
      unit = gathers ? this.#pending : newBatch();
      last[0] = this.publisher.shared ? this.#join() : this.#settled();
      await last[0];
    };
    for await (const value of values) {
      this.#check();
      throwIfAborted(signal, this.publisher.name);
      if (gathers) unit = this.#pending;
      unit.add((out) => this.#encode(value, out));
      count++;
      if (unit.out.length >= this.#highWater) await flush();
    }
    await flush();
    return count;
  }

  extendSync(values: Iterable<T>): number {
    this.#refuseBusy();
    let count = 0;
    for (const value of values) {
      this.#pending.add((out) => this.#encode(value, out));
      count++;
      if (this.#pending.out.length >= this.#highWater) this.#drainSync();
    }
    if (this.publisher.shared) this.commitSync();
    return count;
  }

  appendSync(value: T): number {
    this.#refuseBusy();
    this.#pending.add((out) => this.#encode(value, out));
    if (!this.publisher.shared) {
      const index = this.length - 1;
      if (this.#pending.out.length >= this.#highWater)
        runPlanSync(this.publisher.ahead(this.#pending));
      return index;
    }
    const position = this.#pending.records - 1;
    return this.commitSync() + position;
  }

  /** Publishes everything appended before the call. */
  async commit(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy.catch(() => {});
    if (this.#pending.records === 0 && !this.publisher.fresh) return;
    await this.#start();
  }

  /** {@link WriterCore.commit}, before it returns; answers the number of the batch's first record. */
  commitSync(): number {
    this.#refuseBusy();
    if (this.#pending.records === 0 && !this.publisher.fresh) return this.publisher.records;
    return runPlanSync(this.#publish(true));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.commit();
    this.#closed = true;
    await runPlan(this.publisher.close());
  }

  closeSync(): void {
    if (this.#closed) return;
    this.commitSync();
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
    this.#pending.add(encode);
    if (this.#pending.out.length >= this.#highWater) yield* this.publisher.ahead(this.#pending);
  }

  /** Publishes and closes from inside a plan. */
  *finish(): StepPlan<void> {
    yield* this.#publish(false);
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

  /** The number of the record just added; with a promise when the batch had to be written first. */
  #settled(): number | Promise<number> {
    const index = this.length - 1;
    if (this.#pending.out.length < this.#highWater) return index;
    if (this.#busy !== undefined) return this.#busy.catch(() => {}).then(() => index);
    return this.#drain().then(() => index);
  }

  #drain(): Promise<void> {
    const drained = runPlan(this.publisher.ahead(this.#pending));
    const settled = drained.finally(() => {
      if (this.#busy === settled) this.#busy = undefined;
    });
    this.#busy = settled;
    return settled;
  }

  #drainSync(): void {
    if (this.publisher.shared) this.commitSync();
    else runPlanSync(this.publisher.ahead(this.#pending));
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

  #start(): Promise<void> {
    this.#over = false;
    const busy = this.#run().finally(() => {
      if (this.#busy === busy) this.#busy = undefined;
      // What came meanwhile goes next, whether this commit succeeded or not.
      if (this.#waiters.length > 0) this.#schedule();
    });
    // A commit to a local file is over before `run` first waits.
    if (!this.#over) this.#busy = busy;
    return busy;
  }

  async #run(): Promise<void> {
    if (threadTurns.due) await platform.breathe();
    await runPlan(this.#publish(false));
    threadTurns.note(performance.now());
  }

  /**
   * Publishes the pending batch; answers the number of its first record. All counts change in the step that ends
   * the publisher's commit: a record that is appended a moment later must find its number.
   */
  *#publish(sync: boolean): StepPlan<number> {
    const { batch, waiters } = this.#take();
    this.#inFlight = batch.records;
    try {
      const first = yield* this.publisher.commit(batch, sync);
      this.#inFlight = 0;
      // Whoever hears of the commit next finds the writer free.
      this.#over = true;
      this.#busy = undefined;
      this.#busy = undefined;
      this.#succeed(batch, waiters, first);
      return first;
    } catch (error) {
      this.#inFlight = 0;
      this.#busy = undefined;
      this.#fail(batch, waiters, error);
      throw error;
    }
  }

  #take(): { readonly batch: PendingBatch; readonly waiters: Waiter[] } {
    const batch = this.#pending;
    const waiters = this.#waiters;
    this.#pending = this.#spare;
    this.#waiters = [];
    return { batch, waiters };
  }

  #succeed(batch: PendingBatch, waiters: readonly Waiter[], first: number): void {
    batch.reset();
    this.#spare = batch;
    for (const { position, resolve } of waiters) resolve(first + position);
  }

  /** Records that somebody waits for are given up with an error; others are kept for the next commit. */
  #fail(batch: PendingBatch, waiters: readonly Waiter[], error: unknown): void {
    if (this.publisher.shared) {
      batch.reset();
      this.#spare = batch;
      for (const { reject } of waiters) reject(error);
      return;
    }
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
