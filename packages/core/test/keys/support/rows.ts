import { MemoryStore, type StoreEntry } from "../../../src/index.ts";
import type { Key, KeyedOptions } from "../../../src/keys/index.ts";
import { PlainReader, PlainWriter } from "../../support/plain-format.ts";

// Records whose content is a list of keys, each with its kind.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export type Row = readonly Key[] | undefined;

export function encodeRow(row: Row): Uint8Array {
  const parts = row?.map((key) => {
    if (typeof key === "string") return ["s", key];
    if (typeof key === "bigint") return ["i", String(key)];
    if (typeof key === "number") return ["n", spell(key)];
    if (key instanceof Uint8Array) return ["b", Array.from(key)];
    return ["f", spell(key.float)];
  });
  return encoder.encode(JSON.stringify(parts ?? null));
}

function spell(number: number): string {
  return Object.is(number, -0) ? "-0" : String(number);
}

export function decodeRow(bytes: Uint8Array): Row {
  const parts = JSON.parse(decoder.decode(bytes)) as [string, string | number[]][] | null;
  return parts?.map(([kind, value]) => {
    if (kind === "s") return value as string;
    if (kind === "i") return BigInt(value as string);
    if (kind === "n") return Number(value);
    if (kind === "b") return Uint8Array.from(value as number[]);
    return { float: Number(value) };
  });
}

/** What a key is, whatever form it has: an independent reading of the documentation. */
export function canon(key: Key): string {
  if (typeof key === "string") return `bytes ${Array.from(encoder.encode(key)).join()}`;
  if (key instanceof Uint8Array) return `bytes ${Array.from(key).join()}`;
  if (typeof key === "bigint") return `int ${key}`;
  if (typeof key === "number" && Number.isInteger(key)) return `int ${BigInt(key)}`;
  return `float ${spell(typeof key === "number" ? key : key.float)}`;
}

/** A store with rows in its entry "data". */
export function storeOf(rows: readonly Row[], name = "data"): StoreEntry<MemoryStore> {
  const entry = { store: new MemoryStore(), name };
  addRows(entry, rows);
  return entry;
}

export function addRows(entry: StoreEntry<MemoryStore>, rows: readonly Row[]): void {
  using writer = PlainWriter.openSync(entry, { mode: "append" });
  writer.extendSync(rows.map(encodeRow));
}

export const byRow: Pick<KeyedOptions<Uint8Array>, "key" | "name"> = {
  key: (record) => decodeRow(record),
  name: "row",
};

/** Opens a reader over rows. */
export function openRows(entry: StoreEntry<MemoryStore>): PlainReader {
  return PlainReader.openSync(entry);
}

export function bytesOf(entry: StoreEntry<MemoryStore>, name: string): Uint8Array {
  using source = entry.store.openSync(name);
  return source.readSync(0, source.size).slice();
}
