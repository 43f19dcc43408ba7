import type { BaseIndexedReader } from "../../index.ts";
import type { Rig } from "../rig.ts";

/** The file that these cases write. */
export const FILE = "round-trip";

/** Runs `body` on a reader of the format's values, opened with waiting and, where the place can, without. */
export async function onValues<T>(
  rig: Rig<T>,
  body: (reader: BaseIndexedReader<T>, values: readonly T[]) => Promise<void>,
): Promise<void> {
  await rig.write(FILE, rig.values);
  await rig.reading(FILE, (reader) => body(reader, rig.values));
  if (!rig.direct) return;
  const reader = rig.openSync(FILE);
  try {
    await body(reader, rig.values);
  } finally {
    reader.closeSync();
  }
}

/** Everything that an iteration yields. */
export async function collect<V>(items: AsyncIterable<V>): Promise<V[]> {
  const collected: V[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** All records of a reader, in their order. */
export function allOf<T>(reader: BaseIndexedReader<T>): Promise<T[]> {
  return reader.getMany(Array.from({ length: reader.length }, (_, i) => i));
}
