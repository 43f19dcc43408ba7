import { equalBytes } from "../bytes/le.ts";
import { checkAmount, checkChoice, isNthrecError, NthrecError, throwIfAborted } from "../errors.ts";
import { TAIL_BYTES } from "../journal/seal.ts";
import type { FormatHooks } from "../offsets/format-hooks.ts";
import { formatPages } from "../offsets/format-pages.ts";
import { OffsetTable } from "../offsets/offset-table.ts";
import { newScratch, scan } from "../offsets/scan.ts";
import { runPlan } from "../plan/run-plan.ts";
import { close, read, readsOf, type StepPlan } from "../plan/step.ts";
import type { Resolved } from "../resolve/resolve.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { AbortOptions } from "../types.ts";
import type { RecordAccess } from "./access.ts";
import { ChangeWait } from "./change-wait.ts";
import { openFormat } from "./open-format.ts";
import type { ReaderOptions } from "./reader-options.ts";
import { AsyncRecords } from "./record-iterators.ts";
import type { Snapshot } from "./snapshot.ts";

/** How a file is followed. */
export interface FollowOptions extends AbortOptions {
  /** Number of the first record to deliver. @default the reader's length: only what is committed later */
  readonly from?: number | undefined;
  /** Longest pause between two looks, ms; a local store also says when to look. @default 100, over HTTP 1000 */
  readonly pollMs?: number | undefined;
  /**
   * When the file was truncated or another one took its name: end with `NTH_TRUNCATED` or `NTH_SOURCE_CHANGED`, or
   * start over with record 0 of what is there now. @default "error"
   */
  readonly onReplaced?: "error" | "restart" | undefined;
}

/** What a follower works with. */
export interface FollowJob<T> {
  readonly resolved: Resolved;
  readonly options: ReaderOptions;
  /** The format over some bytes, with an unfinished end left out. */
  make(source: ByteSource): FormatHooks<T>;
}

/** How far a follower has come: records behind it, where the last one ends, and the bytes before that place. */
interface Progress {
  readonly records: number;
  readonly end: number;
  readonly tail: Uint8Array;
}

/** What one look found behind the progress. */
interface Look<T> {
  readonly snapshot: Snapshot<T>;
  readonly from: number;
  readonly progress: Progress;
}

const LOCAL_POLL_MS = 100;
const REMOTE_POLL_MS = 1000;
/** What a look fails with when the file is no longer the one that was followed. */
const REPLACED = [
  "NTH_SOURCE_CHANGED",
  "NTH_TRUNCATED",
  "NTH_SHORT_READ",
  "NTH_NOT_FOUND",
] as const;
const BEGINNING: Progress = { records: 0, end: -1, tail: new Uint8Array(0) };

/**
 * Delivers `first`, records of `start`, then those that are committed later, each once, in order, however often writers
 * come and go. Without a seal only terminated records are delivered.
 */
export async function* follow<T>(
  job: FollowJob<T>,
  options: FollowOptions,
  start: Snapshot<T>,
  first: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const { signal } = options;
  checkChoice("onReplaced", options.onReplaced, ["error", "restart"]);
  checkAmount("pollMs", options.pollMs);
  const { resolved } = job;
  const pollMs = options.pollMs ?? (resolved.remote ? REMOTE_POLL_MS : LOCAL_POLL_MS);
  const wait = new ChangeWait(resolved.entry, pollMs);
  const follower = new Follower(job);
  try {
    const whole = yield* deliver(first, options);
    let progress = whole ? await firstProgress(start, options) : BEGINNING;
    for (;;) {
      const mark = wait.mark();
      const look = await lookAgain(follower, progress, options);
      if (look === undefined) {
        // Where the name leads nowhere at the moment, another file is about to take it.
        if (progress === BEGINNING) await wait.until(mark, signal);
        progress = BEGINNING;
        continue;
      }
      if (!(yield* deliver(recordsOf(look, signal), options))) {
        progress = BEGINNING;
        continue;
      }
      progress = look.progress;
      if (look.snapshot.length === look.from) await wait.until(mark, signal);
    }
  } finally {
    wait.end();
    await follower.close();
  }
}

/** `undefined` when the file is another one now and the caller wants to start over. */
async function lookAgain<T>(
  follower: Follower<T>,
  progress: Progress,
  { signal, onReplaced }: FollowOptions,
): Promise<Look<T> | undefined> {
  throwIfAborted(signal);
  try {
    return await runPlan(follower.look(progress), { signal });
  } catch (error) {
    if (onReplaced === "restart" && isNthrecError(error, ...REPLACED)) return undefined;
    throw error;
  }
}

/** Where the reader stands; the beginning where the file that it has open is gone, and the caller wants to start over. */
async function firstProgress<T>(
  start: Snapshot<T>,
  { signal, onReplaced }: FollowOptions,
): Promise<Progress> {
  try {
    return await runPlan(progressOf(start), { signal });
  } catch (error) {
    if (onReplaced === "restart" && isNthrecError(error, "NTH_SOURCE_CHANGED")) return BEGINNING;
    throw error;
  }
}

/** Answers whether all were delivered: data of several files lose them when others take their place. */
async function* deliver<T>(
  records: AsyncIterable<T>,
  { onReplaced }: FollowOptions,
): AsyncGenerator<T, boolean, undefined> {
  try {
    yield* records;
    return true;
  } catch (error) {
    if (onReplaced === "restart" && isNthrecError(error, "NTH_SOURCE_CHANGED")) return false;
    throw error;
  }
}

function recordsOf<T>(
  { snapshot, from }: Look<T>,
  signal: AbortSignal | undefined,
): AsyncIterable<T> {
  const access: RecordAccess<T> = {
    snapshot: () => snapshot,
    // The offsets were found a moment ago: what does not fit them is damage.
    *distrust() {
      return snapshot;
    },
    hold: () => () => {},
  };
  const sequence = { start: from, step: 1, count: snapshot.length - from };
  return new AsyncRecords(access, sequence, signal);
}

/** Looks again and again at one file. */
class Follower<T> {
  readonly #job: FollowJob<T>;
  #source: ByteSource | undefined;
  #busy = false;

  constructor(job: FollowJob<T>) {
    this.#job = job;
  }

  /** Finds the records behind `progress`. @throws {@link NthrecError} `NTH_TRUNCATED`, `NTH_SOURCE_CHANGED` */
  *look(progress: Progress): StepPlan<Look<T>> {
    const format = yield* this.#open();
    const { source } = format;
    if (yield* this.#lags(format, progress)) return nothingNew(format, progress);
    // The header of a format may have come with the first record.
    const end = progress.records === 0 ? format.begin : progress.end;
    if (source.size < end) throw replaced("NTH_TRUNCATED", source, progress);
    const tail = yield* read(source, end - progress.tail.length, end);
    if (!equalBytes(tail, progress.tail)) throw replaced("NTH_SOURCE_CHANGED", source, progress);
    const { ownIndex } = format;
    const table = ownIndex ? new OffsetTable() : OffsetTable.startingAt(progress.records, end);
    const from = ownIndex ? format.begin : end;
    const found = from < format.end ? yield* scan(format, table, from) : { end, torn: false };
    if (table.length < progress.records) throw replaced("NTH_TRUNCATED", source, progress);
    format.install(table, found.end);
    const snapshot: Snapshot<T> = {
      format,
      length: table.length,
      pages: formatPages(format),
      own: true,
      indexState: undefined,
      torn: found.torn,
      busy: false,
      opened: source,
    };
    const next = yield* progressAt(format, table.length, found.end);
    return { snapshot, from: progress.records, progress: next };
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }

  /** Whether records that were delivered do not count while a commit is under way, and are there all the same. */
  *#lags({ source }: FormatHooks<T>, { end, tail }: Progress): StepPlan<boolean> {
    const all = this.#source;
    if (!this.#busy || source.size >= end || all === undefined || all.size < end) return false;
    return equalBytes(yield* read(all, end - tail.length, end), tail);
  }

  *#open(): StepPlan<FormatHooks<T>> {
    const { resolved, options, make } = this.#job;
    const before = this.#source;
    if (before?.reopen !== undefined) {
      const source = (yield { op: "reopen", source: before }) as ByteSource;
      this.#source = source;
      const format = make(source);
      yield* readsOf(source, format.open(), newScratch());
      return format;
    }
    this.#source = undefined;
    if (before !== undefined) yield* close(before);
    const { data, format } = yield* openFormat(resolved, options, (source) => make(source));
    this.#source = data.source;
    this.#busy = data.busy;
    return format;
  }
}

function* progressOf<T>({ format, length }: Snapshot<T>): StepPlan<Progress> {
  return yield* progressAt(format, length, length === 0 ? format.begin : format.recordsEnd);
}

/** What is outside of the records, a count in a header, changes while they stay. */
function* progressAt(format: FormatHooks, records: number, end: number): StepPlan<Progress> {
  // Where a footer follows the records, their last bytes are written anew together with it.
  if (format.ownIndex) return { records, end: format.begin, tail: new Uint8Array(0) };
  const from = Math.max(format.begin, end - TAIL_BYTES);
  return { records, end, tail: (yield* read(format.source, from, end)).slice() };
}

function nothingNew<T>(format: FormatHooks<T>, progress: Progress): Look<T> {
  const snapshot: Snapshot<T> = {
    format,
    length: progress.records,
    pages: undefined,
    own: true,
    indexState: undefined,
    torn: false,
    busy: true,
    opened: format.source,
  };
  return { snapshot, from: progress.records, progress };
}

function replaced(
  code: "NTH_TRUNCATED" | "NTH_SOURCE_CHANGED",
  source: ByteSource,
  progress: Progress,
): NthrecError {
  const what = code === "NTH_TRUNCATED" ? "was truncated" : "is another file now";
  return new NthrecError(
    code,
    `${source.name} ${what}: the ${progress.records} records followed so far are not its beginning; ` +
      'follow it with onReplaced: "restart" to begin with record 0 of what is there now',
    { source: source.name, index: progress.records, offset: progress.end },
  );
}
