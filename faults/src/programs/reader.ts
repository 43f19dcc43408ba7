// Reads a file that writers are busy with: takes snapshot after snapshot, and reads here and there in each.
import { type AnyReader, type KindName, kindOf } from "../formats/kinds.ts";
import { foreignName } from "../formats/payload.ts";
import { endWithSuite } from "../harness/orphans.ts";
import { Random } from "../harness/random.ts";

export interface ReadTask {
  readonly kind: KindName;
  readonly path: string;
  readonly seed: number;
  /** Whether other programs append: who opens the file during a commit may find them not counted yet. */
  readonly foreign: boolean;
}

export interface ReadResult {
  readonly snapshots: number;
  readonly reads: number;
  readonly errors: number;
  readonly examples: readonly string[];
}

const task = JSON.parse(process.argv[2] as string) as ReadTask;
const kind = kindOf(task.kind);
const random = new Random(task.seed);
const examples: string[] = [];
let [snapshots, reads, errors, stopped] = [0, 0, 0, false];
endWithSuite();
process.stdin.once("data", () => {
  stopped = true;
});

/** Whether the last snapshot is of a reader opened just now. */
let opened = true;
let reader = (await kind.Reader.open(task.path, kind.unclosed)) as AnyReader;
let length = 0;
while (!stopped) {
  try {
    await snapshot();
    if (reader.length < length && !(task.foreign && opened))
      wrong(`the file went from ${length} to ${reader.length} records`);
    length = reader.length;
    await look();
  } catch (error) {
    wrong(error instanceof Error ? String(error.stack) : String(error));
  }
  await new Promise((resolve) => setImmediate(resolve));
}
await reader.close();
const result: ReadResult = { snapshots, reads, errors, examples };
console.log(JSON.stringify(result));
process.stdin.destroy();

/** The next snapshot, in one of the ways to take it. */
async function snapshot(): Promise<void> {
  snapshots++;
  const way = random.below(4);
  opened = way > 1;
  if (way === 0) reader.refreshSync();
  else if (way === 1) await reader.refresh();
  else {
    reader.closeSync();
    const { Reader, unclosed } = kind;
    const { path } = task;
    reader = (
      way === 2 ? Reader.openSync(path, unclosed) : await Reader.open(path, unclosed)
    ) as AnyReader;
  }
}

/** The end of the file, where the writers are, and some places before. */
async function look(): Promise<void> {
  if (length === 0) return;
  check(reader.getSync(length - 1));
  const places = Array.from({ length: 8 }, () => random.below(length));
  for (const record of await reader.getMany(places)) check(record);
  for (const place of places.slice(0, 2)) check(await reader.get(place));
  for await (const record of reader.slice(-5)) check(record);
  reads += 8 + 2 + Math.min(5, length) + 1;
}

function check(record: unknown): void {
  if (foreignName(record) === undefined) kind.mark(record);
}

function wrong(sentence: string): void {
  errors++;
  if (examples.length < 3) examples.push(sentence);
}
