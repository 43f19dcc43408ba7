// Verifies a file that writers are busy with, and converts what it holds at that moment to another format.
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AnyReader, type AnyWriter, type KindName, kindOf } from "../formats/kinds.ts";
import { endWithSuite } from "../harness/orphans.ts";

export interface ObserveTask {
  readonly kind: KindName;
  /** The format that is converted to. */
  readonly other: KindName;
  readonly path: string;
}

export interface ObserveResult {
  readonly verifications: number;
  readonly conversions: number;
  readonly records: number;
  readonly problems: readonly string[];
}

const MOST_PROBLEMS = 5;

const task = JSON.parse(process.argv[2] as string) as ObserveTask;
const [kind, other] = [kindOf(task.kind), kindOf(task.other)];
const problems: string[] = [];
let [verifications, conversions, records, stopped] = [0, 0, 0, false];
endWithSuite();
process.stdin.once("data", () => {
  stopped = true;
});

do {
  try {
    await verify();
    await convert();
  } catch (error) {
    wrong(error instanceof Error ? String(error.stack) : String(error));
  }
  // Writers need the processor more than those who look at what they do.
  await new Promise((resolve) => setTimeout(resolve, 200));
} while (!stopped);
const result: ObserveResult = { verifications, conversions, records, problems };
console.log(JSON.stringify(result));
process.stdin.destroy();

async function verify(): Promise<void> {
  const reader = (await kind.Reader.open(task.path, kind.unclosed)) as AnyReader;
  try {
    const report = await reader.verify({ level: "full" });
    verifications++;
    for (const { code, message } of report.problems) wrong(`${code}: ${message}`);
  } finally {
    await reader.close();
  }
}

async function convert(): Promise<void> {
  const folder = mkdtempSync(join(dirname(task.path), "..", "converted-"));
  const path = join(folder, "data");
  const reader = (await kind.Reader.open(task.path, kind.unclosed)) as AnyReader;
  try {
    const writer = (await other.Writer.open(path)) as unknown as AnyWriter;
    for await (const record of reader) await writer.append(other.record(kind.mark(record)));
    await writer.close();
    const copy = (await other.Reader.open(path)) as AnyReader;
    if (copy.length !== reader.length) {
      wrong(`${copy.length} records were converted of ${reader.length}`);
    }
    let index = 0;
    for await (const record of copy) {
      const [was, is] = [kind.mark(await reader.get(index)), other.mark(record)];
      if (was.writer !== is.writer || was.number !== is.number || was.size !== is.size) {
        wrong(`record ${index} was converted to another one`);
      }
      index++;
    }
    await copy.close();
    conversions++;
    records += index;
  } finally {
    await reader.close();
    rmSync(folder, { recursive: true });
  }
}

function wrong(sentence: string): void {
  if (problems.length < MOST_PROBLEMS) problems.push(sentence);
}
