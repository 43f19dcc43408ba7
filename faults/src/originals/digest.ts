import { createHash } from "node:crypto";
import type { AnyReader, Kind } from "../formats/kinds.ts";
import { lineOf } from "../formats/payload.ts";

/** What was found in a file: how many records, and a digest of them. */
export interface Read {
  readonly records: number;
  readonly digest: string;
  readonly error?: string;
}

/** What we read in a file, for an original to be compared with. */
export function digest(kind: Kind, path: string): Read {
  const reader = kind.Reader.openSync(path) as AnyReader;
  try {
    const hash = createHash("sha256");
    for (const record of reader) hash.update(`${textOf(kind, record)}\n`);
    return { records: reader.length, digest: hash.digest("hex") };
  } finally {
    reader.closeSync();
  }
}

function textOf(kind: Kind, record: unknown): string {
  if (typeof record === "string") return record;
  try {
    return lineOf(kind.mark(record));
  } catch {
    return JSON.stringify(record);
  }
}
