import { join } from "node:path";
import type { Golden } from "@nthrec/core/testkit";
import {
  type MegstoreCase as Case,
  exactInteger,
  MegstoreCases,
} from "../../../../testing/megstore-cases.ts";
import { Complex, ExtData, Timestamp } from "../../src/index.ts";

export type { OriginalRead } from "../../../../testing/megstore-cases.ts";

/** A pair of files that the original wrote, and what it reads back. */
export type MegstoreCase = Case<"msgpack">;

const cases = new MegstoreCases<MegstoreCase["kind"]>(
  join(import.meta.dirname, "..", "vectors", "megstore"),
);

export const megstoreCases: readonly MegstoreCase[] = cases.all;

/** Puts a case's files, or only its data, into a folder of their own; the index is the younger one. */
export function copyCase(vector: MegstoreCase, withIndex = true): string {
  return cases.copy(vector, withIndex);
}

/** The bytes of a case's data. */
export function caseData(vector: MegstoreCase): Buffer {
  return cases.data(vector);
}

/** The bytes of a case's index. */
export function caseIndex(vector: MegstoreCase): Buffer {
  return cases.index(vector);
}

/** Files of the original without damage, as the kit takes them. */
export function megstoreGoldens(): Golden<unknown>[] {
  const whole = megstoreCases.filter(
    ({ name }) => !/^(BUG|killed|torn)/.test(name) && name !== "numpy",
  );
  return whole.map((vector) => ({
    name: vector.name,
    bytes: caseData(vector),
    values: vector.megstore_reads.get.map((read) => untag((read as { ok: unknown }).ok)),
    offsets: vector.index.offsets,
    exact: !/^(foreign|count)_/.test(vector.name),
    readerOptions: EXACT as object,
  }));
}

/** Options that lose nothing of what a file holds. */
export const EXACT = { bigints: "bigint", timestamps: "exact" } as const;

/** A value of the manifest, where what JSON has no form for is tagged. */
export function untag(tagged: unknown): unknown {
  if (typeof tagged !== "object" || tagged === null) return tagged;
  if (Array.isArray(tagged)) return tagged.map(untag);
  const fields = tagged as Record<string, unknown>;
  const [tag = ""] = Object.keys(fields);
  const value = fields[tag];
  if (tag === "$int") return exactInteger(value as string);
  if (tag === "$bytes") return new Uint8Array(Buffer.from(value as string, "hex"));
  if (tag === "$float") return Buffer.from(fields["bits"] as string, "hex").readDoubleBE();
  if (tag === "$map")
    return new Map((value as unknown[][]).map((pair) => pair.map(untag) as [unknown, unknown]));
  if (tag === "$timestamp") return new Timestamp(...(value as [number, number]));
  if (tag === "$complex")
    return new Complex(...((value as unknown[]).map(untag) as [number, number]));
  if (tag === "$ext") {
    const [type, hex] = value as [number, string];
    return new ExtData(type, new Uint8Array(Buffer.from(hex, "hex")));
  }
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, untag(each)]));
}
