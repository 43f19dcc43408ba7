import { throwIfAborted } from "../errors.ts";
import { checkMagic } from "../offsets/idv1.ts";
import type { VerifyLevel } from "../offsets/index-report.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import { close, type StepPlan } from "../plan/step.ts";
import type { DataInput, LocalInput } from "../resolve/data-input.ts";
import { resolveInput } from "../resolve/resolve.ts";
import type { BaseIndexedReader } from "./base-indexed-reader.ts";
import { formatOver } from "./indexed-format.ts";
import { openSnapshot, type Purpose } from "./open-snapshot.ts";
import type { ReaderClass } from "./reader-class.ts";
import type { ReaderOptions } from "./reader-options.ts";
import type { Snapshot } from "./snapshot.ts";
import { type VerifyReport, verifySnapshot } from "./verify.ts";

/** Any reader class. */
type AnyReader = ReaderClass<BaseIndexedReader<unknown>>;

/** How the index of some data is made. */
export interface IndexBuildOptions extends Omit<ReaderOptions, "onStaleIndex" | "offsets"> {
  /** The four characters that the index begins with. @default "IDV1" */
  readonly magic?: string | undefined;
  /** Makes all of it anew; otherwise a sound index stays, and one that is merely short is extended. @default false */
  readonly anew?: boolean | undefined;
}

/** How the index of some data is looked at. */
export interface IndexAuditOptions extends Omit<IndexBuildOptions, "anew"> {
  /** @default "full" */
  readonly level?: VerifyLevel | undefined;
}

/**
 * Makes sure that data have a sound index beside them, or where the options say, by scanning what must be scanned.
 * Answers how many records there are. Unlike the opening of a reader it fails if the index cannot be written.
 *
 * @throws {@link NthrecError} what the reader's `open` throws, and `NTH_NOT_SUPPORTED` or `NTH_INDEX_FOREIGN` where
 * there is no place for an index, `NTH_LOCKED` while a writer is at work
 */
export async function buildIndex(
  Reader: AnyReader,
  data: DataInput,
  options: IndexBuildOptions = {},
): Promise<number> {
  throwIfAborted(options.signal);
  if (Reader.prepare !== undefined) await Reader.prepare();
  return await runPlan(building(Reader, data, options), { signal: options.signal });
}

/** {@link buildIndex}, before it returns; for local data. */
export function buildIndexSync(
  Reader: AnyReader,
  data: LocalInput,
  options: IndexBuildOptions = {},
): number {
  return runPlanSync(building(Reader, data, options));
}

/** Compares data and their index, and changes nothing. */
export async function verifyIndex(
  Reader: AnyReader,
  data: DataInput,
  options: IndexAuditOptions = {},
): Promise<VerifyReport> {
  throwIfAborted(options.signal);
  if (Reader.prepare !== undefined) await Reader.prepare();
  return await runPlan(verifying(Reader, data, options), { signal: options.signal });
}

/** {@link verifyIndex}, before it returns; for local data. */
export function verifyIndexSync(
  Reader: AnyReader,
  data: LocalInput,
  options: IndexAuditOptions = {},
): VerifyReport {
  return runPlanSync(verifying(Reader, data, options));
}

function* building(
  Reader: AnyReader,
  data: DataInput,
  { anew, magic, ...options }: IndexBuildOptions,
): StepPlan<number> {
  const purpose = { rebuild: anew, required: true, magic: magic && checkMagic(magic) };
  return yield* over(Reader, data, options, purpose, function* (snapshot) {
    return snapshot.length;
  });
}

function* verifying(
  Reader: AnyReader,
  data: DataInput,
  { level = "full", magic, ...options }: IndexAuditOptions,
): StepPlan<VerifyReport> {
  const quiet = { ...options, onStaleIndex: "memory" } as const;
  const purpose = { magic: magic && checkMagic(magic) };
  return yield* over(Reader, data, quiet, purpose, (snapshot) => {
    const access = {
      snapshot: () => snapshot,
      *distrust() {
        return snapshot;
      },
      hold: () => () => {},
    };
    return verifySnapshot(access, snapshot, level);
  });
}

/** Opens a snapshot for as long as `use` takes. */
function* over<R>(
  Reader: AnyReader,
  data: DataInput,
  options: ReaderOptions,
  purpose: Purpose,
  use: (snapshot: Snapshot<unknown>) => StepPlan<R>,
): StepPlan<R> {
  const resolved = resolveInput(data, options.http);
  const traits = {
    indexSuffix: Reader.indexSuffix,
    make: (...[source, tail]: Parameters<Parameters<typeof openSnapshot>[2]["make"]>) =>
      formatOver(Reader, source, options, tail).hooks,
  };
  const snapshot = yield* openSnapshot(resolved, options, traits, purpose);
  try {
    return yield* use(snapshot);
  } finally {
    if (resolved.owned || options.closeSource) yield* close(snapshot.opened);
    const index = snapshot.pages?.source;
    if (index !== undefined) yield* close(index);
  }
}
