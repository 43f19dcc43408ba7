// A pipeline: several processes append to one file of JSON lines, and are killed at random; a reader follows. In the end
// the file holds exactly what was acknowledged.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { check } from "./check.ts";
import { Crew } from "./crew.ts";
import { Logbook } from "./logbook.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import type { Measurement } from "./record.ts";
import { table } from "./table.ts";

const MOST_PROBLEMS = 10;

const options = read();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
console.log(
  `${options.workers} workers with ${options.records} records each, ${options.kills} kills, seed ${options.seed}`,
);
const folder = mkdtempSync(join(tmpdir(), "nthrec-shared-writer-"));
try {
  const problems = await run(join(folder, "measurements.jsonl"));
  for (const problem of problems.slice(0, MOST_PROBLEMS)) console.log(problem);
  console.log(
    problems.length === 0
      ? "every record is there: once, whole, in order"
      : `${problems.length} problems`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Has the work done, and answers what is wrong with the result. */
async function run(path: string): Promise<string[]> {
  const logbook = new Logbook();
  const crew = new Crew(path, options, logbook);
  const start = performance.now();
  // The follower needs a file to open, be it empty.
  await (await JsonlWriter.open(path, { mode: "append" })).close();
  const following = follow(path, logbook, options.workers * options.records);
  await Promise.all([crew.work(), following]);
  console.log(table(logbook, crew.kills, (performance.now() - start) / 1000));
  return check(path, crew.names, options, logbook);
}

/** Takes every record as it is published, until all are there. */
async function follow(path: string, logbook: Logbook, expected: number): Promise<void> {
  await using reader = await JsonlReader.open<Measurement>(path);
  for await (const record of reader.follow({ from: 0 })) {
    logbook.delivered(record);
    if (logbook.followed.length === expected) return;
  }
}

function read(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
