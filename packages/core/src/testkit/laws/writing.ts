import type { BaseIndexedWriter, WriterOptions } from "../../index.ts";
import type { Rig } from "../rig.ts";

/** The file that these cases write. */
export const FILE = "order";

/** Both ways to write: alone from the start, and behind what others wrote. */
export function modes<T>(rig: Rig<T>): WriterOptions[] {
  const write: WriterOptions = { mode: "write" };
  if (rig.format.lacks?.includes("append")) return [write];
  return [write, { mode: "append" }, { mode: "append", exclusive: true }];
}

/** Values picked at random, small ones mostly. */
export function many<T>(rig: Rig<T>, count: number): T[] {
  return Array.from({ length: count }, (_, i) =>
    i % 16 === 0
      ? (rig.values[rig.random.below(rig.values.length)] as T)
      : (rig.small[rig.random.below(rig.small.length)] as T),
  );
}

/** A writer on a file that does not exist yet, whatever an earlier round left beside it. */
export async function openFresh<T>(
  rig: Rig<T>,
  options: WriterOptions,
): Promise<BaseIndexedWriter<T>> {
  for (const name of rig.store.listSync())
    if (name.startsWith(`${FILE}.`)) rig.put(name, undefined);
  return rig.openWriter(FILE, options);
}
