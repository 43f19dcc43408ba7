// The soak: writers that are killed, readers, followers, verifications and conversions, all at once and for long.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allKindNames, type KindName, kindOf } from "./formats/kinds.ts";
import { Child, resultOf } from "./harness/children.ts";
import { Context } from "./harness/scenario.ts";
import { Siege, type Stranger } from "./load/siege.ts";
import { Originals } from "./originals/originals.ts";
import type { ObserveResult } from "./programs/observer.ts";
import { startProcess } from "./scenarios/kill-loops.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    kinds: { type: "string", default: "" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
/** Those with a reader and a writer of core. */
const all = allKindNames.filter((name) => kindOf(name).database !== true);
const kinds = values.kinds === "" ? all : (values.kinds.split(",") as KindName[]);
const known = kinds.every((name) => all.includes(name));
if (values.help || !known || !(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.log(`npm run soak -- [options]
  --minutes N  how long new rounds begin (10)
  --seed N     repeats the choices of an earlier run
  --kinds a,b  rounds of these formats only: ${all.join(", ")}`);
  process.exit(values.help ? 0 : 1);
}

/** Largest payload: many small records, and some that take several writes. */
const MOST = 300_000;
/** Longest round; each has a format of its own. */
const ROUND_MS = 30_000;

console.log(`soak: Node ${process.version}, ${minutes} minutes, --seed ${seed}`);
const originals = new Originals();
const context = new Context({ long: true, seed, kinds, seconds: minutes * 60, originals });
const end = performance.now() + minutes * 60_000;
const rounds = context.random.shuffle(context.allKinds);
let round = 0;
do {
  const kind = rounds[round % rounds.length] as KindName;
  await soak(kind, context.random.pick(all.filter((name) => name !== kind)));
  context.sweep();
  round++;
} while (performance.now() < end);
originals.close();

const { verdicts } = context;
for (const sentence of verdicts.sentences) console.log(`  FAIL ${sentence}`);
const passed = verdicts.checks - verdicts.failures;
const reports = join(import.meta.dirname, "..", "..", "reports");
mkdirSync(reports, { recursive: true });
const report = {
  passed,
  failed: verdicts.failures,
  seed,
  minutes,
  rounds: round,
  counts: Object.fromEntries(verdicts.counts),
};
writeFileSync(join(reports, "soak.json"), `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`${round} rounds: ${verdicts.summary}`);
console.log(
  `${passed.toLocaleString("en")} checks passed, ${verdicts.failures} failed, --seed ${seed}`,
);
context.end();
process.exit(verdicts.failures === 0 ? 0 : 1);

/** One round: a file of one format under fire, and who looks at it. */
async function soak(kind: KindName, other: KindName): Promise<void> {
  const over = performance.now() + Math.min(ROUND_MS, Math.max(2000, end - performance.now()));
  const writers = 2 + context.random.below(3);
  console.log(`  ${kind}, ${writers} writers, converted to ${other}`);
  await context.attempt(`soak of ${kind}`, async () => {
    const siege = new Siege(context, {
      kind,
      writers,
      start: startProcess,
      most: MOST,
      pauses: [50, 500],
      strangers: (path) => [observe(kind, other, path)],
    });
    await siege.run(() => performance.now() > over);
  });
}

function observe(kind: KindName, other: KindName, path: string): Stranger {
  const child = Child.start("observer", { kind, other, path });
  return {
    async stop() {
      child.tell("stop");
      const { verifications, conversions, records, problems } = resultOf<ObserveResult>(
        await child.ended,
      );
      check(verifications > 0, `nobody verified ${path}`);
      check(problems.length === 0, `an observer of ${path}: ${problems.join("; ")}`);
      return {
        appended: [],
        counts: { verifications, conversions, "records converted": records },
      };
    },
  };
}

function check(holds: boolean, sentence: string): void {
  context.verdicts.check(holds, sentence);
}
