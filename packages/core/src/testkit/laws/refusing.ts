import type { BaseIndexedReader, NthrecErrorCode } from "../../index.ts";
import { checkFails, checkIs } from "../check.ts";
import { FaultSource } from "../faults/fault-source.ts";
import type { Rig } from "../rig.ts";

/** The file that these cases write. */
export const FILE = "refusals";

/** Calls by the names of their verbs. */
export type Verbs = Readonly<Record<string, () => unknown>>;

/** Opens the values over a source that counts what is read. */
export async function counted<T>(
  rig: Rig<T>,
): Promise<{ source: FaultSource; reader: BaseIndexedReader<T> }> {
  await rig.write(FILE, rig.values);
  const source = new FaultSource(rig.data(FILE));
  return { source, reader: await rig.openInput(source, { index: "memory" }) };
}

/** Fails unless every verb ends with one of `codes`, and reads nothing. */
export async function refuseAll(
  verbs: Verbs,
  source: FaultSource | undefined,
  what: string,
  ...codes: NthrecErrorCode[]
): Promise<void> {
  for (const [name, call] of Object.entries(verbs)) {
    const before = source?.reads;
    await checkFails(call, `${name} ${what}`, ...codes);
    checkIs(source?.reads, before, `reads of the source by ${name} ${what}`);
  }
}
