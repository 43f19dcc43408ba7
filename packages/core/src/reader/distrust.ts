import { NthrecError } from "../errors.ts";
import { formatPages } from "../offsets/format-pages.ts";
import { DEFAULT_MAGIC } from "../offsets/idv1.ts";
import { readsOf, type StepPlan } from "../plan/step.ts";
import { buildIndex } from "./build-index.ts";
import type { ReaderOptions } from "./reader-options.ts";
import type { Snapshot } from "./snapshot.ts";

/** A remote file up to this size is read whole to find its records without being asked. */
export const REMOTE_SCAN_BYTES: number = 8 * 1024 * 1024;

/**
 * The same snapshot with offsets found anew and kept in memory: its index named a place that holds no record.
 *
 * @throws {@link NthrecError} `NTH_INDEX_STALE` where a scan would be dear and was not allowed
 */
export function* privateSnapshot<T>(
  snapshot: Snapshot<T>,
  index: number,
  options: ReaderOptions,
  remote: boolean,
): StepPlan<Snapshot<T>> {
  const { source } = snapshot.format;
  if (remote && source.size > REMOTE_SCAN_BYTES && options.remoteScan !== true) {
    throw new NthrecError(
      "NTH_INDEX_STALE",
      `record ${index} of ${source.name} is not where its index says: publish a new index, or allow a scan with remoteScan: true`,
      { source: source.name, index },
    );
  }
  const format = snapshot.format.over(source);
  yield* readsOf(source, format.open(), { buffer: new Uint8Array(0) });
  const quiet = { ...options, onIndexRecord: undefined };
  const unshared = { data: undefined, seal: undefined, magic: DEFAULT_MAGIC, required: false };
  const job = { format, options: quiet, ...unshared };
  const built = yield* buildIndex(job, undefined);
  format.install(built.table, built.end);
  return {
    ...snapshot,
    format,
    length: built.table.length,
    pages: formatPages(format),
    own: true,
    indexState: "invalid",
    torn: built.torn,
  };
}
