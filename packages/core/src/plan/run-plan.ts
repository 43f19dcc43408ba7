import { platform } from "#platform";
import { viewOf } from "../bytes/view.ts";
import { NthrecError, throwIfAborted } from "../errors.ts";
import { isSyncSink } from "../sink/byte-sink.ts";
import { type ByteSource, isSyncSource, type SyncByteSource } from "../source/byte-source.ts";
import {
  readChecked,
  readIntoChecked,
  readIntoSyncChecked,
  readSyncChecked,
} from "../source/checked-read.ts";
import { isSyncStore } from "../store/byte-store.ts";
import type { AbortOptions, ByteRange } from "../types.ts";
import { checkRange, type Scratch, type Step, type StepPlan } from "./step.ts";

/** How long a plan may keep the event loop to itself, ms. */
const TURN_MS = 10;
/** Reads of one batch that are under way at once. */
const READS_IN_FLIGHT = 8;
/** Reads of one chain before the plan is asked again: who watches it (progress, an abort, the clock) gets a turn. */
const MOST_HOPS = 255;
/** A range of at most so many bytes, a chunk, may be read in place, piece by piece: each is judged as a read of its own. */
const CHUNK_BYTES = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;
/** Steps between two looks at the clock. */
const CLOCK_EVERY = 16;

/** Runs a plan to its end without waiting for the event loop. */
export function runPlanSync<R>(plan: StepPlan<R>): R {
  let next = plan.next();
  while (!next.done) {
    let answer: unknown;
    try {
      answer = performSync(next.value);
    } catch (error) {
      next = plan.throw(error);
      continue;
    }
    next = plan.next(answer);
  }
  return next.value;
}

/** Runs a plan to its end; steps that can answer at once do, and the event loop gets a turn in between. */
export async function runPlan<R>(plan: StepPlan<R>, options: AbortOptions = {}): Promise<R> {
  let steps = 0;
  let next = plan.next();
  // Many a plan ends without a step: it need not look at the clock.
  let turnStart = next.done ? 0 : performance.now();
  while (!next.done) {
    let answer: unknown;
    try {
      // What a plan opened it closes, also when it was aborted.
      if (!isCleanUp(next.value)) throwIfAborted(options.signal);
      if (++steps % CLOCK_EVERY === 0 && performance.now() - turnStart > TURN_MS) {
        await platform.breathe();
        turnStart = performance.now();
      }
      answer = perform(next.value, options);
      if (answer instanceof Promise) answer = await answer;
    } catch (error) {
      next = plan.throw(error);
      continue;
    }
    next = plan.next(answer);
  }
  return next.value;
}

function isCleanUp({ op }: Step): boolean {
  return op === "close" || op === "remove";
}

function performSync(step: Step): unknown {
  switch (step.op) {
    case "read":
      return readNow(syncSource(step.source), step, false);
    case "readAll":
      return readAllNow(syncSource(step.source), step.ranges, step.scratch);
    case "open":
      return syncStore(step).openSync(step.name, step.options);
    case "reopen":
      return refuse(step.source.name);
    case "create":
      return syncStore(step).createSync(step.name);
    case "write":
      return sync(step.sink, isSyncSink).writeSync(step.position, step.bytes);
    case "truncate":
      return sync(step.sink, isSyncSink).truncateSync(step.size);
    case "rename":
      return syncStore(step).renameSync(step.from, step.to);
    case "remove":
      return syncStore(step).removeSync(step.name);
    case "flush":
      if (step.file.flushSync === undefined && step.file.flush !== undefined)
        refuse(step.file.name);
      return step.file.flushSync?.();
    case "close": {
      const resource = step.resource as Partial<{ closeSync(): void }> & { name: string };
      return resource.closeSync === undefined ? refuse(resource.name) : resource.closeSync();
    }
    case "call":
      return step.now();
    case "wait":
      platform.sleepSync(step.milliseconds);
      return false;
  }
}

function perform(step: Step, options: AbortOptions): unknown {
  switch (step.op) {
    case "read":
      return readSoon(step.source, step, options);
    case "readAll":
      return readAllSoon(step.source, step.ranges, step.scratch, options);
    case "open":
      return step.store.open(step.name, { ...step.options, signal: options.signal });
    case "reopen":
      return step.source.reopen?.(options) ?? step.source;
    case "create":
      return step.store.create(step.name, options);
    case "write":
      return step.sink.write(step.position, step.bytes, options);
    case "truncate":
      return step.sink.truncate(step.size);
    case "rename":
      return step.store.rename(step.from, step.to);
    case "remove":
      return step.store.remove(step.name);
    case "flush":
      return step.file.flush?.();
    case "close":
      return step.resource.close();
    case "call":
      return step.soon(options);
    case "wait":
      return sleep(step.milliseconds, options.signal).then(() => true);
  }
}

/** What is read, and where to. */
type Reading = Pick<Step & { op: "read" }, "start" | "end" | "scratch" | "next">;

/** @param waits Whether the caller could wait for the source */
function readNow(source: SyncByteSource, reading: Reading, waits: boolean): Uint8Array {
  const { start, end, scratch, next } = reading;
  if (scratch === undefined || source.readIntoSync === undefined) {
    return platform.wrap(readSyncChecked(source, start, end));
  }
  const target = room(scratch, end - start);
  readIntoSyncChecked(source, target, start);
  if (next !== undefined) hop(source, target, next, waits);
  return target;
}

/** Goes on from read to read, as {@link ReadRequest.next} says. */
function hop(
  source: SyncByteSource,
  target: Uint8Array,
  next: (bytes: Uint8Array) => number,
  waits: boolean,
): void {
  const size = target.length;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    if (waits && source.mayInline?.(size) === false) return;
    const start = next(target);
    if (start < 0) return;
    readIntoSyncChecked(source, target, checkRange({ start, end: start + size }, source).start);
  }
}

function readSoon(
  source: ByteSource,
  reading: Reading,
  options: AbortOptions,
): Uint8Array | Promise<Uint8Array> {
  const { start, end, scratch } = reading;
  if (isSyncSource(source) && (source.mayInline?.(end - start) ?? true)) {
    return readNow(source, reading, true);
  }
  if (scratch === undefined || source.readInto === undefined) {
    return readChecked(source, start, end, options).then((bytes) => platform.wrap(bytes));
  }
  const target = room(scratch, end - start);
  return readIntoChecked(source, target, start, options).then(() => target);
}

function readAllNow(
  source: SyncByteSource,
  ranges: readonly ByteRange[],
  scratch: Scratch | undefined,
): Uint8Array[] {
  if (scratch === undefined || source.readIntoSync === undefined) {
    return ranges.map(({ start, end }) => platform.wrap(readSyncChecked(source, start, end)));
  }
  const targets = rooms(scratch, ranges);
  for (let i = 0; i < targets.length; i++) {
    readIntoSyncChecked(source, targets[i] as Uint8Array, (ranges[i] as ByteRange).start);
  }
  return targets;
}

/** Reads in place while that is allowed, and what is left with several reads in flight. */
async function readAllSoon(
  source: ByteSource,
  ranges: readonly ByteRange[],
  scratch: Scratch | undefined,
  options: AbortOptions,
): Promise<Uint8Array[]> {
  const bytes: Uint8Array[] = [];
  const reuse = scratch !== undefined && source.readInto !== undefined;
  const targets = reuse ? rooms(scratch, ranges) : undefined;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < ranges.length) {
      throwIfAborted(options.signal, source.name);
      const i = next++;
      const { start, end } = ranges[i] as ByteRange;
      const target = targets?.[i];
      const read =
        target === undefined
          ? readSoon(source, { start, end }, options)
          : readInto(source, target, start, options);
      bytes[i] = read instanceof Promise ? await read : read;
    }
  };
  const workers = Array.from({ length: Math.min(READS_IN_FLIGHT, ranges.length) }, () =>
    worker().catch((error: unknown) => {
      // The others begin nothing more.
      next = ranges.length;
      throw error;
    }),
  );
  // All reads have ended before the buffer that they fill can be anybody else's.
  for (const end of await Promise.allSettled(workers)) {
    if (end.status === "rejected") throw end.reason;
  }
  return bytes;
}

/** Reads in place what may be, and waits for the rest. */
function readInto(
  source: ByteSource,
  target: Uint8Array,
  start: number,
  options: AbortOptions,
): Uint8Array | Promise<Uint8Array> {
  let done = 0;
  if (isSyncSource(source) && source.readIntoSync !== undefined && target.length <= CHUNK_BYTES) {
    while (done < target.length) {
      const piece = viewOf(target, done, Math.min(target.length, done + PIECE_BYTES));
      if (source.mayInline?.(piece.length) === false) break;
      readIntoSyncChecked(source, piece, start + done);
      done += piece.length;
    }
    if (done === target.length) return target;
  }
  const rest = done === 0 ? target : viewOf(target, done, target.length);
  return readIntoChecked(source, rest, start + done, options).then(() => target);
}

/** Cuts one buffer into the places of several ranges. */
function rooms(scratch: Scratch, ranges: readonly ByteRange[]): Uint8Array[] {
  let size = 0;
  for (const { start, end } of ranges) size += end - start;
  const all = room(scratch, size);
  let at = 0;
  return ranges.map(({ start, end }) => {
    at += end - start;
    return viewOf(all, at - (end - start), at);
  });
}

function room(scratch: Scratch, size: number): Uint8Array {
  if (scratch.buffer.length < size) scratch.buffer = platform.allocate(size);
  return scratch.buffer.subarray(0, size);
}

/** Waits, and wakes with `NTH_ABORTED` when the signal fires first. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // A signal that has fired fires no event any more.
    throwIfAborted(signal);
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      try {
        throwIfAborted(signal);
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener("abort", finish, { once: true });
  });
}

/** The source, if it can answer at once. @throws {@link NthrecError} `NTH_NOT_SUPPORTED` */
export function syncSource(source: ByteSource): SyncByteSource {
  return isSyncSource(source) ? source : refuse(source.name);
}

function syncStore(step: Extract<Step, { store: unknown }>) {
  return isSyncStore(step.store) ? step.store : refuse(step.store.name);
}

function sync<T extends { name: string }, S extends T>(value: T, is: (value: T) => value is S): S {
  return is(value) ? value : refuse(value.name);
}

/** The error of a verb that cannot wait, on something that must be waited for. */
export function refuse(name: string): never {
  throw new NthrecError(
    "NTH_NOT_SUPPORTED",
    `${name} answers only asynchronously: use the verb without "Sync"`,
    { source: name },
  );
}
