import { NthrecError } from "@nthrec/core";
import { parseObject, utf8 } from "../folder/conf.ts";
import { type BlobStat, decodeStat, encodeStat } from "../folder/stat.ts";
import type { Schema } from "./schema.ts";

/** A state of all columns: what one commit publishes. */
export interface DbState {
  /** Rows. */
  readonly length: number;
  readonly columns: ReadonlyMap<string, BlobStat>;
}

/** The bytes of a database's `.stat`, as the original writes them. */
export function encodeDbStat(length: number): Uint8Array {
  return utf8(JSON.stringify({ len: length }));
}

/** The rows that a `.stat` names. @throws {@link NthrecError} `NTH_CORRUPTION` */
export function decodeDbStat(bytes: Uint8Array, name: string): number {
  const { len } = parseObject(bytes, name);
  if (typeof len === "number" && Number.isSafeInteger(len) && len >= 0) return len;
  throw new NthrecError("NTH_CORRUPTION", `${name} names no number of rows`, { source: name });
}

/**
 * The bytes of an intent: a whole state, written before the columns are told one after another. Whoever finds it goes
 * on with the telling; until then it is the state.
 */
export function encodeIntent({ length, columns }: DbState): Uint8Array {
  const stats = [...columns].map(([name, stat]) => [
    name,
    new TextDecoder().decode(encodeStat(stat)),
  ]);
  const text = JSON.stringify({ len: length, columns: Object.fromEntries(stats) });
  return utf8(JSON.stringify({ sum: sumOf(text), state: text }));
}

/** Reads an intent; `undefined` for one that is not whole, which announces nothing. */
export function decodeIntent(bytes: Uint8Array, schema: Schema, name: string): DbState | undefined {
  let text: unknown;
  try {
    const { sum, state } = parseObject(bytes, name);
    if (typeof state !== "string" || sum !== sumOf(state)) return undefined;
    text = state;
  } catch {
    return undefined;
  }
  const { len, columns } = JSON.parse(text as string) as {
    len: number;
    columns: Record<string, string>;
  };
  if (Object.keys(columns).length !== schema.size) return undefined;
  const states = new Map<string, BlobStat>();
  for (const [column, conf] of schema) {
    const stat = columns[column];
    if (stat === undefined) return undefined;
    states.set(column, decodeStat(utf8(stat), conf, name));
  }
  return { length: len, columns: states };
}

function sumOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
