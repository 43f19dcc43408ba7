// Measures one case in this process, which is started for it alone: what other cases leave in the heap and in the
// compiler's profiles does not count. Arguments: the case, the rounds, the seconds, the records, the clock, whether rivals
// are wanted, megstore's Python if it is there.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cases } from "./cases/index.ts";
import { useClock } from "./harness/clock.ts";
import { resultOf } from "./harness/result.ts";
import { Rival } from "./harness/rival.ts";
import { measure, measureOnce } from "./harness/rounds.ts";

const [name = "", rounds = "", seconds = "", records = "", clock, rivals, python] =
  process.argv.slice(2);
const benchCase = cases.find((each) => each.name === name);
if (benchCase === undefined) throw new Error(`there is no case "${name}"`);

if (clock === "cpu") useClock(clock);
const cache = join(tmpdir(), "nthrec-bench");
mkdirSync(cache, { recursive: true });
const scratch = mkdtempSync(join(cache, "run-"));
const rival = python === undefined ? undefined : Rival.start(python);
try {
  const prepared = await benchCase.prepare({
    records: Number(records),
    scratch,
    cache,
    rival,
    find: (kind) => (rivals === "rivals" ? Rival.find(kind) : undefined),
  });
  const costs = await (benchCase.once === true
    ? measureOnce(prepared.variants)
    : measure(prepared.variants, Number(rounds), Number(seconds)));
  await prepared.close();
  const result = resultOf(benchCase, prepared, costs);
  process.stdout.write(JSON.stringify({ ...result, rivals: Rival.versions() }));
} finally {
  rival?.close();
  rmSync(scratch, { recursive: true });
}
