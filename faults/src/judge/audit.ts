import {
  cpSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { AnyReader, Kind } from "../formats/kinds.ts";
import type { Verdicts } from "../harness/verdicts.ts";
import { type Acks, UNTOLD } from "./acks.ts";

/** What was found in a file. */
export interface Audit {
  readonly records: number;
  /** Acknowledged and not there. */
  readonly lost: number;
  /** There, and not as it was written. */
  readonly torn: number;
  /** There twice. */
  readonly doubled: number;
  /** Behind a later record of the same writer. */
  readonly disordered: number;
  /** There under another number than its writer was told. */
  readonly misplaced: number;
  /** Records that no writer of ours made. */
  readonly foreign: number;
  readonly examples: readonly string[];
}

/** Tells a record of another program from ours. */
export type IsForeign = (record: unknown) => boolean;

/** Goes through all records of a reader and holds them against what the writers were told. */
export function audit(
  kind: Kind,
  reader: AnyReader,
  acks: Acks,
  isForeign: IsForeign = () => false,
): Audit {
  const found = { lost: 0, torn: 0, doubled: 0, disordered: 0, misplaced: 0, foreign: 0 };
  const examples: string[] = [];
  const wrong = (what: keyof typeof found, sentence: string): void => {
    found[what]++;
    if (examples.length < 5) examples.push(`${what}: ${sentence}`);
  };
  const seen = new Map<string, { last: number; numbers: Set<number> }>();
  for (let index = 0; index < reader.length; index++) {
    try {
      const record = reader.getSync(index);
      if (isForeign(record)) {
        found.foreign++;
        continue;
      }
      const { writer, number } = kind.mark(record);
      const of = seen.get(writer) ?? { last: -1, numbers: new Set() };
      seen.set(writer, of);
      const name = `record ${number} of ${writer} at ${index}`;
      if (of.numbers.has(number)) wrong("doubled", name);
      else if (number < of.last) wrong("disordered", `${name}, behind ${of.last}`);
      of.numbers.add(number);
      of.last = Math.max(of.last, number);
      const told = acks.get(writer)?.get(number) ?? UNTOLD;
      if (told !== UNTOLD && told !== index) wrong("misplaced", `${name}, told ${told}`);
    } catch (error) {
      wrong("torn", `record ${index}: ${(error as Error).message}`);
    }
  }
  for (const [writer, told] of acks) {
    for (const [number, index] of told) {
      if (!seen.get(writer)?.numbers.has(number)) {
        wrong("lost", `record ${number} of ${writer}, told ${index}`);
      }
    }
  }
  return { records: reader.length, ...found, examples };
}

/** Opens a file, audits it, and holds its index against one made anew. */
export function judge(
  kind: Kind,
  path: string,
  acks: Acks,
  verdicts: Verdicts,
  what: string,
  isForeign?: IsForeign,
): Audit {
  const reader = kind.Reader.openSync(path, { onStaleIndex: "throw" }) as AnyReader;
  try {
    const result = audit(kind, reader, acks, isForeign);
    for (const trouble of ["lost", "torn", "doubled", "disordered", "misplaced"] as const) {
      verdicts.check(
        result[trouble] === 0,
        () => `${what}: ${trouble} ${result[trouble]} (${result.examples.join("; ")})`,
      );
    }
    const report = reader.verifySync({ level: "full" });
    verdicts.check(report.ok, () => `${what}: verify says ${report.problems[0]?.message}`);
    checkIndex(kind, path, verdicts, what);
    return result;
  } finally {
    reader.closeSync();
  }
}

/**
 * The index must be, byte for byte, what a rebuild from the data alone gives. Where the file holds its own, who sees nothing
 * but the data must find the same records.
 */
export function checkIndex(kind: Kind, path: string, verdicts: Verdicts, what: string): void {
  if (kind.ownIndex === true) {
    const alone = besideNothing(path, (link) => recordsOf(kind, link));
    const sentence = `${what}: the data alone hold ${alone.length} other records`;
    verdicts.check(alone.join() === recordsOf(kind, path).join(), sentence);
    return;
  }
  const index = path + kind.Reader.indexSuffix;
  const fresh = freshIndex(kind, path);
  const sentence = `${what}: ${basename(index)} is not what a rebuild gives`;
  verdicts.check(readFileSync(index).equals(fresh), sentence);
}

/** The index that a reader makes that sees nothing but the data. */
export function freshIndex(kind: Kind, path: string): Buffer {
  return besideNothing(path, (link) => {
    (kind.Reader.openSync(link) as AnyReader).closeSync();
    return readFileSync(link + kind.Reader.indexSuffix);
  });
}

/** Looks at the data in a folder where nothing lies beside them. */
function besideNothing<T>(path: string, look: (link: string) => T): T {
  const alone = mkdtempSync(join(dirname(path), ".alone-"));
  try {
    const link = join(alone, "data");
    if (statSync(path).isDirectory()) cpSync(path, link, { recursive: true });
    else linkSync(path, link);
    return look(link);
  } finally {
    rmSync(alone, { recursive: true });
  }
}

function recordsOf(kind: Kind, path: string): string[] {
  const reader = kind.Reader.openSync(path) as AnyReader;
  try {
    return [...reader].map((record) => {
      const { writer, number, size } = kind.mark(record);
      return `${writer} ${number} ${size}`;
    });
  } finally {
    reader.closeSync();
  }
}

/** Nothing may be left beside the data but what is documented to stay there. */
export function checkTidy(kind: Kind, path: string, verdicts: Verdicts, what: string): void {
  const name = basename(path);
  const suffixes = ["", ".seal", ".lock", ".torn", ".undo"];
  if (kind.ownIndex !== true) suffixes.push(kind.Reader.indexSuffix);
  const known = suffixes.map((suffix) => name + suffix);
  const left = readdirSync(dirname(path)).filter((each) => !known.includes(each));
  verdicts.check(left.length === 0, `${what}: left behind: ${left.join(", ")}`);
}
