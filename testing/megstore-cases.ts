import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "./temp.ts";

/** What one read of the original gave: a value, or its error. */
export type OriginalRead = { readonly ok: unknown } | { readonly error: string };

/** A pair of files that the original wrote, and what it reads back. */
export interface MegstoreCase<Kind extends string = string> {
  readonly name: string;
  readonly kind: Kind;
  readonly how: string;
  readonly data: { readonly file: string; readonly bytes: number };
  readonly index: { readonly file: string; readonly offsets: readonly number[] };
  readonly megstore_reads: {
    readonly count: number;
    readonly get: readonly OriginalRead[];
    readonly index_after_read_hex?: string;
  };
}

interface Manifest<Kind extends string> {
  readonly cases: readonly MegstoreCase<Kind>[];
}

/** The cases of a folder of vectors, by its manifest. */
export class MegstoreCases<Kind extends string> {
  readonly all: readonly MegstoreCase<Kind>[];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    const text = readFileSync(join(folder, "manifest.json"), "utf8");
    this.all = (JSON.parse(text) as Manifest<Kind>).cases;
  }

  /** Puts a case's files, or only its data, into a folder of their own; the index is the younger one. */
  copy({ data, index }: MegstoreCase, withIndex = true): string {
    const target = tempFolder();
    copyFileSync(join(this.#folder, data.file), join(target, data.file));
    if (withIndex) copyFileSync(join(this.#folder, index.file), join(target, index.file));
    return join(target, data.file);
  }

  /** The bytes of a case's data. */
  data({ data }: MegstoreCase): Buffer {
    return readFileSync(join(this.#folder, data.file));
  }

  /** The bytes of a case's index. */
  index({ index }: MegstoreCase): Buffer {
    return readFileSync(join(this.#folder, index.file));
  }
}

/** An integer of a manifest: a number where one can hold it. */
export function exactInteger(digits: string): number | bigint {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
}
