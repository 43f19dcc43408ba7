import type { ByteSink } from "../sink/byte-sink.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ByteStore, StoreOpenOptions } from "../store/byte-store.ts";
import type { AbortOptions, ByteRange, ReadPlan, ReadRequest } from "../types.ts";

/** A buffer that the reads of one scan share. */
export interface Scratch {
  buffer: Uint8Array;
}

/** What can be made to survive a crash of the machine. */
export interface Flushable {
  readonly name: string;
  flush?(): Promise<void>;
  flushSync?(): void;
}

/** Everything that core does to the outside world and that may have to wait. */
export type Step =
  | {
      readonly op: "read";
      readonly source: ByteSource;
      readonly start: number;
      readonly end: number;
      readonly scratch?: Scratch | undefined;
      readonly next?: ReadRequest["next"];
    }
  | {
      readonly op: "readAll";
      readonly source: ByteSource;
      readonly ranges: readonly ByteRange[];
      readonly scratch?: Scratch | undefined;
    }
  | {
      readonly op: "open";
      readonly store: ByteStore;
      readonly name: string;
      readonly options?: StoreOpenOptions | undefined;
    }
  | { readonly op: "reopen"; readonly source: ByteSource }
  | { readonly op: "create"; readonly store: ByteStore; readonly name: string }
  | {
      readonly op: "write";
      readonly sink: ByteSink;
      readonly position: number;
      readonly bytes: Uint8Array;
    }
  | { readonly op: "truncate"; readonly sink: ByteSink; readonly size: number }
  | { readonly op: "rename"; readonly store: ByteStore; readonly from: string; readonly to: string }
  | { readonly op: "remove"; readonly store: ByteStore; readonly name: string }
  | { readonly op: "flush"; readonly file: Flushable }
  | { readonly op: "close"; readonly resource: ByteSource | ByteSink }
  /** What another object does, in both ways. */
  | {
      readonly op: "call";
      readonly now: () => unknown;
      readonly soon: (options: AbortOptions) => Promise<unknown>;
    }
  /** Answers whether the rest of this thread went on meanwhile. */
  | { readonly op: "wait"; readonly milliseconds: number };

/** A plan of steps. What a step answers is known by the helper that yields it. */
export type StepPlan<R> = Generator<Step, R, unknown>;

/** Reads `[start, end)` of `source`. With a scratch the bytes are valid until its next use. */
export function* read(
  source: ByteSource,
  start: number,
  end: number,
  scratch?: Scratch,
): StepPlan<Uint8Array> {
  return (yield { op: "read", source, start, end, scratch }) as Uint8Array;
}

/** Opens an entry of a store. */
export function* openEntry(
  store: ByteStore,
  name: string,
  options?: StoreOpenOptions,
): StepPlan<ByteSource> {
  return (yield { op: "open", store, name, options }) as ByteSource;
}

/** Creates or empties an entry of a store. */
export function* createEntry(store: ByteStore, name: string): StepPlan<ByteSink> {
  return (yield { op: "create", store, name }) as ByteSink;
}

/** Has something done by an object that works in both ways, such as a reader. */
export function* call<R>(now: () => R, soon: (options: AbortOptions) => Promise<R>): StepPlan<R> {
  return (yield { op: "call", now, soon }) as R;
}

/** Closes a source or sink. */
export function* close(resource: ByteSource | ByteSink): StepPlan<void> {
  yield { op: "close", resource };
}

/** Runs a format's read plan as steps against `source`; its reads share one buffer. */
export function* readsOf<R>(source: ByteSource, plan: ReadPlan<R>, scratch: Scratch): StepPlan<R> {
  let next = plan.next();
  try {
    while (!next.done) {
      const { start, end, into, next: onward } = checkRange(next.value, source);
      const target = into === undefined ? scratch : { buffer: into };
      const bytes = yield { op: "read", source, start, end, scratch: target, next: onward };
      next = plan.next(bytes as Uint8Array);
    }
    return next.value;
  } finally {
    // The plan may hold resources of its own (a decoder); an abort must reach its `finally`.
    if (!next.done) plan.return(undefined as never);
  }
}

/** Refuses a range that the source does not have. */
export function checkRange(range: ReadRequest, source: ByteSource): ReadRequest {
  const { start, end } = range;
  const sound = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0;
  if (sound && start <= end && end <= source.size) return range;
  throw new TypeError(
    `a plan asked for bytes [${start}, ${end}) of ${source.name}, which has ${source.size} bytes`,
  );
}
