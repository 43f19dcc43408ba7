import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "./temp.ts";

/** What one read of the original gave: a value, or its error. */
export type OriginalRead = { readonly ok: unknown } | { readonly error: string };

/** A pair of files that the original wrote, and what it reads back. */
export interface MegstoreCase {
  readonly name: string;
  readonly kind: "jsonline" | "txt";
  readonly how: string;
  readonly data: { readonly file: string; readonly bytes: number };
  readonly index: { readonly file: string; readonly offsets: readonly number[] };
  readonly megstore_reads: {
    readonly count: number;
    readonly get: readonly OriginalRead[];
    readonly index_after_read_hex?: string;
  };
}

const folder = join(import.meta.dirname, "..", "vectors", "megstore");

interface Manifest {
  readonly cases: readonly MegstoreCase[];
}

export const megstoreCases: readonly MegstoreCase[] = (
  JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest
).cases;

/** Puts a case's files, or only its data, into a folder of their own; the index is the younger one. */
export function copyCase(vector: MegstoreCase, withIndex = true): string {
  const target = tempFolder();
  copyFileSync(join(folder, vector.data.file), join(target, vector.data.file));
  if (withIndex) copyFileSync(join(folder, vector.index.file), join(target, vector.index.file));
  return join(target, vector.data.file);
}

/** The bytes of a case's data. */
export function caseData(vector: MegstoreCase): Buffer {
  return readFileSync(join(folder, vector.data.file));
}

/** The bytes of a case's index. */
export function caseIndex(vector: MegstoreCase): Buffer {
  return readFileSync(join(folder, vector.index.file));
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

function exactInteger(digits: string): number | bigint {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
}
