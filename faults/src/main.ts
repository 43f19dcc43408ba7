// The fault suite: every scenario, one after another, with its counts.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allKindNames } from "./formats/kinds.ts";
import { Context, type Scenario } from "./harness/scenario.ts";
import { Originals } from "./originals/originals.ts";
import { scenarios } from "./scenarios/index.ts";

const usage = `npm run faults -- [options]
  --long        everything, at length (about an hour); without it at most 5 minutes
  --only a,b    these scenarios: ${scenarios.map(({ name }) => name).join(", ")}
  --kinds a,b   with these formats, where a scenario is about all: ${allKindNames.join(", ")}
  --seed N      repeats the choices of an earlier run`;

const { values } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    kinds: { type: "string", default: "" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const names = chosen(
  values.only,
  scenarios.map(({ name }) => name),
);
const kinds = chosen(values.kinds, allKindNames);
const seed = Number(values.seed);

console.log(
  `faults: Node ${process.version}, ${values.long ? "long" : "short"} form, --seed ${seed}`,
);
const originals = new Originals();

/** What a scenario counted, for the report. */
interface Result {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly skipped: readonly string[];
}

const results: Result[] = [];
for (const scenario of scenarios) {
  if (!names.includes(scenario.name)) continue;
  results.push(await runOne(scenario));
}
originals.close();
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
// Bundled, this file lies in a folder of `faults`.
const reports = join(import.meta.dirname, "..", "..", "reports");
mkdirSync(reports, { recursive: true });
const report = { passed, failed, seed, form: values.long ? "long" : "short", scenarios: results };
writeFileSync(join(reports, "faults.json"), `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`${passed.toLocaleString("en")} checks passed, ${failed} failed, --seed ${seed}`);
process.exit(failed === 0 ? 0 : 1);

/** The names that are given, or all. */
function chosen<T extends string>(given: string, all: readonly T[]): readonly T[] {
  if (given === "") return all;
  return given.split(",").map((name) => {
    if (all.includes(name as T)) return name as T;
    throw new Error(`there is no ${name}\n${usage}`);
  });
}

async function runOne(scenario: Scenario): Promise<Result> {
  const context = new Context({
    long: values.long,
    seed,
    seconds: values.long
      ? Number.POSITIVE_INFINITY
      : (scenario.shortSeconds ?? Number.POSITIVE_INFINITY),
    originals,
    kinds,
  });
  const start = performance.now();
  console.log(`${scenario.name}: ${scenario.title}`);
  const { verdicts } = context;
  try {
    await scenario.run(context);
  } catch (error) {
    verdicts.fail(`the scenario stopped: ${error instanceof Error ? error.stack : error}`);
  }
  for (const sentence of verdicts.sentences) console.log(`  FAIL ${sentence}`);
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  console.log(`  ${verdicts.failures === 0 ? "ok" : "FAILED"}: ${verdicts.summary}, ${seconds} s`);
  context.end();
  return {
    name: scenario.name,
    passed: verdicts.checks - verdicts.failures,
    failed: verdicts.failures,
    seconds,
    counts: Object.fromEntries(verdicts.counts),
    skipped: context.skipped,
  };
}
