import { checkChoice, throwIfAborted } from "../errors.ts";
import { runPlan, runPlanSync } from "../plan/run-plan.ts";
import type { KeyableReader, KeyedOptions } from "./keyed-options.ts";
import { KeyedReader } from "./keyed-reader.ts";

/** Names that are file names everywhere, and stand in a URL as they are. */
const NAME = /^[A-Za-z0-9_=][A-Za-z0-9._=-]{0,99}$/;

/**
 * Makes the records of a reader addressable by key. The first time it reads all records and writes an index beside
 * the data; later that index is opened, and extended where the data have grown.
 *
 * @throws {@link NthrecError} `NTH_KEY_DUPLICATE`, `NTH_KEY_NOT_FOUND` (a record without a key), `NTH_INVALID_VALUE` (a
 * key that is none), `NTH_INDEX_FOREIGN`, `NTH_INDEX_MISSING`, `NTH_INDEX_STALE`, `NTH_INDEX_INVALID`, `NTH_ABORTED`,
 * and what the reader throws
 */
export async function keyed<T>(
  reader: KeyableReader<T>,
  options: KeyedOptions<T>,
): Promise<KeyedReader<T>> {
  checkOptions(options);
  throwIfAborted(options.signal, reader.name);
  return await runPlan(KeyedReader.open(reader, options), { signal: options.signal });
}

/** {@link keyed}, before it returns; for data that answer at once. */
export function keyedSync<T>(reader: KeyableReader<T>, options: KeyedOptions<T>): KeyedReader<T> {
  checkOptions(options);
  return runPlanSync(KeyedReader.open(reader, options));
}

function checkOptions<T>(options: KeyedOptions<T>): void {
  const { name, key, progressInterval = 1 } = options;
  checkChoice("duplicates", options.duplicates, ["error", "first", "last", "all"]);
  checkChoice("missing", options.missing, ["error", "skip"]);
  checkChoice("damaged", options.damaged, ["error", "skip"]);
  checkChoice("keys", options.keys, ["auto", "resident", "paged"]);
  checkChoice("onStaleIndex", options.onStaleIndex, ["rebuild", "memory", "throw"]);
  if (!(Number.isInteger(progressInterval) && progressInterval > 0)) {
    throw new TypeError(`progressInterval is a positive integer, not ${progressInterval}`);
  }
  if (typeof key !== "function") throw new TypeError("keyed needs a function that gives the key");
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new TypeError(
      `the name of a key index has 1 to 100 letters, digits and ._=-, and ${JSON.stringify(name)} does not`,
    );
  }
}
