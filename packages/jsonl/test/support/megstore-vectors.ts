import { join } from "node:path";
import {
  type MegstoreCase as Case,
  exactInteger,
  MegstoreCases,
} from "../../../../testing/megstore-cases.ts";

export type { OriginalRead } from "../../../../testing/megstore-cases.ts";

/** A pair of files that the original wrote, and what it reads back. */
export type MegstoreCase = Case<"jsonline" | "txt">;

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

/** A value of the manifest, where integers and floats that JSON cannot tell apart are tagged. */
export function untag(tagged: unknown): unknown {
  if (typeof tagged !== "object" || tagged === null) return tagged;
  if (Array.isArray(tagged)) return tagged.map(untag);
  const fields = tagged as Record<string, unknown>;
  if (typeof fields["$int"] === "string") return exactInteger(fields["$int"]);
  if (typeof fields["bits"] === "string") return Buffer.from(fields["bits"], "hex").readDoubleBE();
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, untag(value)]));
}
