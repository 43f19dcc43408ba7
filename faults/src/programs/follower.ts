// Follows a file from its first record on, and compares what was delivered with what the file holds in the end.
import { createInterface } from "node:readline";
import { type AnyReader, type KindName, kindOf } from "../formats/kinds.ts";
import { foreignName } from "../formats/payload.ts";
import { endWithSuite } from "../harness/orphans.ts";

export interface FollowTask {
  readonly kind: KindName;
  readonly path: string;
}

export interface FollowResult {
  readonly delivered: number;
  /** Records that came at the wrong place, were missing, or were delivered and are not there. */
  readonly wrong: number;
  readonly errors: readonly string[];
}

/** How long it may take until the last record arrives, ms. */
const PATIENCE_MS = 30_000;

const task = JSON.parse(process.argv[2] as string) as FollowTask;
const kind = kindOf(task.kind);
const seen: string[] = [];
const errors: string[] = [];
let final = Number.POSITIVE_INFINITY;
const end = new AbortController();
endWithSuite();
// The number of records in the end.
createInterface({ input: process.stdin }).once("line", (line) => {
  final = Number(line);
  if (seen.length >= final) end.abort();
  else setTimeout(() => end.abort(), PATIENCE_MS).unref();
});

const reader = (await kind.Reader.open(task.path, kind.unclosed)) as AnyReader;
try {
  const all = reader.length === 0 ? {} : { from: 0 };
  for await (const record of reader.follow({ ...all, signal: end.signal })) {
    seen.push(nameOf(record));
    if (seen.length >= final) end.abort();
  }
} catch (error) {
  if (!end.signal.aborted)
    errors.push(error instanceof Error ? String(error.stack) : String(error));
}
await reader.close();
const result: FollowResult = { delivered: seen.length, wrong: compare(), errors };
console.log(JSON.stringify(result));
process.stdin.destroy();

function compare(): number {
  const whole = kind.Reader.openSync(task.path) as AnyReader;
  let wrong = Math.abs(whole.length - seen.length);
  for (let i = 0; i < Math.min(whole.length, seen.length); i++) {
    if (nameOf(whole.getSync(i)) !== seen[i]) wrong++;
  }
  whole.closeSync();
  return wrong;
}

function nameOf(record: unknown): string {
  const foreign = foreignName(record);
  if (foreign !== undefined) return foreign;
  const { writer, number } = kind.mark(record);
  return `${writer} ${number}`;
}
