import type { BaseIndexedReader, ReaderOptions } from "../index.ts";
import { checkCoded, fail, type Outcome, outcomeOf } from "./check.ts";
import { show } from "./equal.ts";
import type { Rig } from "./rig.ts";

/** What opening a file and reading all of it came to. */
export type Survey<T> = { readonly error: unknown } | { readonly records: readonly Outcome<T>[] };

/** Opens `name` and reads each record on its own, keeping every error. */
export async function survey<T>(
  rig: Rig<T>,
  name: string,
  options: ReaderOptions = {},
): Promise<Survey<T>> {
  const opened = await outcomeOf(() => rig.open(name, options));
  if ("error" in opened) return opened;
  try {
    return { records: await surveyReader(opened.value) };
  } finally {
    await opened.value.close();
  }
}

/** Reads each record of a reader on its own, keeping every error. */
export async function surveyReader<T>(reader: BaseIndexedReader<T>): Promise<Outcome<T>[]> {
  const records: Outcome<T>[] = [];
  for (let i = 0; i < reader.length; i++) {
    records.push(await outcomeOf(() => (reader.sync ? reader.getSync(i) : reader.get(i))));
  }
  return records;
}

/** What a survey may look like besides being right. */
export interface Leniency {
  /** Whether fewer records than expected are fine. */
  readonly prefix?: boolean;
  /** Whether this record may be another one without an error. */
  readonly mayDiffer?: (index: number) => boolean;
}

/** Fails unless a survey found coded errors and the expected records only. */
export function checkSurvey<T>(
  rig: Rig<T>,
  found: Survey<T>,
  expected: readonly T[],
  what: string,
  leniency: Leniency = {},
): void {
  if ("error" in found) {
    checkCoded(found.error, what);
    return;
  }
  const mayDiffer = leniency.mayDiffer ?? (() => false);
  for (const [i, record] of found.records.entries()) {
    if ("error" in record) {
      checkCoded(record.error, `${what}, record ${i}`);
    } else if (i >= expected.length) {
      if (!mayDiffer(i))
        fail(`${what}: record ${i} does not exist, but was read as ${show(record.value)}`);
    } else if (!mayDiffer(i)) {
      rig.checkValue(record.value, expected[i] as T, `${what}, record ${i}`);
    }
  }
  const missing = found.records.length < expected.length;
  if (missing && leniency.prefix !== true && !mayDiffer(expected.length - 1)) {
    fail(`${what}: ${found.records.length} records, expected ${expected.length}, and no error`);
  }
}

/** The values of a survey if everything could be read, else nothing. */
export function valuesOf<T>(found: Survey<T>): T[] | undefined {
  if ("error" in found) return undefined;
  const values: T[] = [];
  for (const record of found.records) {
    if ("error" in record) return undefined;
    values.push(record.value);
  }
  return values;
}
