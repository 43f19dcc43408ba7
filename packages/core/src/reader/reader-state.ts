import { NthrecError, notOpen, throwIfAborted } from "../errors.ts";
import type { FormatHooks, TailPolicy } from "../offsets/format-hooks.ts";
import type { OffsetPages } from "../offsets/page-cache.ts";
import type { RecordSequence } from "../offsets/record-sequence.ts";
import { runPlan, syncSource } from "../plan/run-plan.ts";
import { close, type Scratch, type StepPlan } from "../plan/step.ts";
import type { Resolved } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { AbortOptions } from "../types.ts";
import { checkIndex, type RecordAccess } from "./access.ts";
import { batchScratch } from "./batch.ts";
import { privateSnapshot } from "./distrust.ts";
import { isLagging } from "./lagging.ts";
import { Leases } from "./leases.ts";
import { openSnapshot } from "./open-snapshot.ts";
import type { ReaderOptions } from "./reader-options.ts";
import type { Snapshot } from "./snapshot.ts";

/** Bytes of the largest buffer that is kept from one batch to the next. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** How often a verb looks whether another one has found the offsets anew, ms. */
const MENDING_POLL_MS = 2;

/** What a reader's class says of its format. */
export interface ReaderTraits<T> {
  readonly indexSuffix: string;
  /** The format over some bytes. */
  readonly make: (source: ByteSource, tail: TailPolicy | undefined) => FormatHooks<T>;
}

/** What an open reader holds from verb to verb: its data, the snapshot in force, and who still uses an earlier one. */
export class ReaderState<T> implements RecordAccess<T> {
  readonly resolved: Resolved;
  readonly #options: ReaderOptions;
  readonly #traits: ReaderTraits<T>;
  readonly #leases: Leases = new Leases();
  #snapshot: Snapshot<T>;
  #closed = false;
  /** Absent while a batch uses it, for a decoder may call the reader again. */
  #buffer: Scratch | undefined;
  /** The snapshot whose offsets are being found anew. */
  #mending: Snapshot<T> | undefined;
  /** The last refresh or rebuild; they take turns. */
  #reopening: Promise<unknown> = Promise.resolve();

  constructor(
    resolved: Resolved,
    snapshot: Snapshot<T>,
    options: ReaderOptions,
    traits: ReaderTraits<T>,
  ) {
    this.resolved = resolved;
    this.#snapshot = snapshot;
    this.#options = options;
    this.#traits = traits;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The snapshot in force, also of a reader that was closed since. */
  get latest(): Snapshot<T> {
    return this.#snapshot;
  }

  snapshot(): Snapshot<T> {
    if (this.#closed) throw notOpen(this.#snapshot.format.source.name);
    return this.#snapshot;
  }

  /** The snapshot in force, which has a record `index`. */
  having(index: number, signal?: AbortSignal): Snapshot<T> {
    const snapshot = this.snapshot();
    const { name } = snapshot.format.source;
    if (signal !== undefined) throwIfAborted(signal, name);
    checkIndex(index, snapshot.length, name);
    return snapshot;
  }

  /** The snapshot in force, which has all these records. */
  havingAll(indices: readonly number[], signal?: AbortSignal): Snapshot<T> {
    const snapshot = this.snapshot();
    const { name } = snapshot.format.source;
    throwIfAborted(signal, name);
    for (const index of indices) checkIndex(index, snapshot.length, name);
    return snapshot;
  }

  /** The data, which have a place where they can grow. */
  growing(): Resolved {
    if (this.resolved.entry !== undefined) return this.resolved;
    const { name } = this.#snapshot.format.source;
    throw new NthrecError(
      "NTH_NOT_SUPPORTED",
      `${name} cannot grow: only a file, an http(s) URL or an entry of a store can be followed`,
      { source: name },
    );
  }

  /** The format over some bytes. */
  make(source: ByteSource, tail: TailPolicy): FormatHooks<T> {
    return this.#traits.make(source, tail);
  }

  /** The record that `Array.prototype.at` means, `undefined` for none. */
  relative(index: number): number | undefined {
    const { length } = this.snapshot();
    const from = Math.trunc(index) || 0;
    const absolute = from < 0 ? from + length : from;
    return absolute >= 0 && absolute < length ? absolute : undefined;
  }

  /** A buffer for a batch: memory that was touched before takes bytes several times faster than new memory. */
  takeBuffer(): Scratch {
    const buffer = this.#buffer ?? batchScratch();
    this.#buffer = undefined;
    return buffer;
  }

  /** Keeps a buffer for the next batch, unless a huge record made it huge. */
  keepBuffer(scratch: Scratch): void {
    if (scratch.buffer.length <= KEPT_BYTES) this.#buffer = scratch;
  }

  /** All records. */
  all(): RecordSequence {
    return { start: 0, step: 1, count: this.snapshot().length, all: true };
  }

  hold(snapshot: Snapshot<T>): () => void {
    return this.#leases.take(snapshot.opened);
  }

  /** Runs a plan over a snapshot that a refresh must not close meanwhile. */
  async run<R>(snapshot: Snapshot<T>, plan: StepPlan<R>, signal?: AbortSignal): Promise<R> {
    const release = this.hold(snapshot);
    try {
      return await runPlan(plan, { signal });
    } finally {
      release();
    }
  }

  *distrust(snapshot: Snapshot<T>, index: number): StepPlan<Snapshot<T>> {
    if (snapshot.own) return snapshot;
    // One verb finds the offsets for all who can wait.
    while (this.#mending === snapshot) {
      if (!(yield { op: "wait", milliseconds: MENDING_POLL_MS })) break;
    }
    const now = this.snapshot();
    if (now !== snapshot && now.opened === snapshot.opened) return now;
    this.#mending = snapshot;
    try {
      const { remote } = this.resolved;
      const sound = yield* privateSnapshot(snapshot, index, this.#options, remote);
      if (this.#snapshot === snapshot) {
        this.#snapshot = sound;
        this.#leases.retire(snapshot.opened, sourceOf(snapshot.pages));
      }
      return sound;
    } finally {
      this.#mending = undefined;
    }
  }

  /** {@link ReaderState.reopen}, after those called before. */
  async reopenInTurn(rebuild: boolean, options: AbortOptions): Promise<void> {
    throwIfAborted(options.signal, this.#snapshot.format.source.name);
    this.snapshot();
    const turn = this.#reopening.then(() => runPlan(this.reopen(rebuild), options));
    this.#reopening = turn.catch(() => {});
    await turn;
  }

  /** Takes the next snapshot. @param rebuild Whether the offsets are found anew */
  *reopen(rebuild: boolean): StepPlan<void> {
    const before = this.snapshot();
    const resolved = yield* this.#renewed(before, rebuild);
    // A source that is in use already is not closed when this fails.
    const owned = resolved.owned && resolved.source !== before.opened;
    const opening = { ...resolved, owned };
    const after = yield* openSnapshot(opening, this.#options, this.#traits, { rebuild });
    // What was seen stays seen.
    const lags = !this.#closed && !rebuild && (yield* isLagging(this.snapshot(), after));
    if (this.#closed || lags) {
      if (owned) yield* close(after.opened);
      for (const index of sourceOf(after.pages)) yield* close(index);
      return;
    }
    const replaced = this.snapshot();
    this.#snapshot = after;
    const data = resolved.owned && after.opened !== replaced.opened ? [replaced.opened] : [];
    this.#leases.retire(replaced.opened, [...data, ...sourceOf(replaced.pages)]);
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#shut().map((source) => source.close()));
    for (const each of closed) if (each.status === "rejected") throw each.reason;
  }

  closeSync(): void {
    // What cannot be closed at once stays open, and the reader with it.
    if (this.#owned) syncSource(this.#snapshot.opened);
    const failures: unknown[] = [];
    for (const source of this.#shut()) {
      try {
        syncSource(source).closeSync();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** What to open again: the same entry, or, over a network, the same file if it only grew. */
  *#renewed(before: Snapshot<T>, rebuild: boolean): StepPlan<Resolved> {
    const { resolved } = this;
    if (before.opened.reopen === undefined) return resolved;
    if (rebuild) return { ...resolved, source: before.opened };
    return { ...resolved, source: (yield { op: "reopen", source: before.opened }) as ByteSource };
  }

  get #owned(): boolean {
    return this.resolved.owned || this.#options.closeSource === true;
  }

  #shut(): ByteSource[] {
    if (this.#closed) return [];
    this.#closed = true;
    const { opened, pages } = this.#snapshot;
    return [...(this.#owned ? [opened] : []), ...sourceOf(pages), ...this.#leases.drain()];
  }
}

/** The index file that pages come from, if they do. */
function sourceOf(pages: OffsetPages | undefined): ByteSource[] {
  return pages?.source === undefined ? [] : [pages.source];
}
