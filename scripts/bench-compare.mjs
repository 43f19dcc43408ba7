// `npm run bench -- --compare REF`: judges what is checked out against another revision. Both are measured in turns, so
// that a machine that gets slower or faster meanwhile is unfair to neither.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pnpm, root } from "./run.mjs";

/** Turns of each revision; every turn has rounds of its own. */
const TURNS = 3;

/**
 * @param {string} ref a revision of git
 * @param {readonly string[]} args for the benchmarks of both
 */
export function compare(ref, args) {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-compare-"));
  const other = join(folder, "other");
  try {
    step(root, "git", ["worktree", "add", "--detach", other, ref]);
    step(other, "npx", pnpm(["install", "--frozen-lockfile"]));
    step(other, "node", ["scripts/pnpm.mjs", "exec", "turbo", "run", "build"]);
    const runs = { now: /** @type {object[]} */ ([]), before: /** @type {object[]} */ ([]) };
    for (let turn = 0; turn < TURNS; turn++) {
      const order = turn % 2 === 0 ? ["before", "now"] : ["now", "before"];
      for (const side of order) {
        const json = join(folder, `${side}-${turn}.json`);
        const place = side === "now" ? root : other;
        step(place, "node", ["bench/dist/main.js", ...args, "--no-rival", "--json", json]);
        runs[/** @type {"now" | "before"} */ (side)].push(JSON.parse(readFileSync(json, "utf8")));
      }
    }
    console.log(`\nspeed now beside ${ref}: medians of ${TURNS} turns, and their range\n`);
    for (const line of table(roundsOf(runs.now), roundsOf(runs.before))) console.log(line);
  } finally {
    spawnSync("git", ["worktree", "remove", "--force", other], { cwd: root });
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The lines of the comparison.
 *
 * @param {Map<string, number[]>} now costs of each variant, turn by turn
 * @param {Map<string, number[]>} then
 */
export function table(now, then) {
  const width = Math.max(...[...now.keys()].map((name) => name.length));
  return [...now].map(([name, costs]) => {
    const before = then.get(name);
    if (before === undefined) return `${name.padEnd(width)}  new`;
    const each = costs.map((cost, turn) => (before[turn] ?? cost) / cost);
    const ratio = median(each);
    const [low, high] = [Math.min(...each), Math.max(...each)];
    // A change that some turn contradicts is noise.
    const verdict = low > 1.02 ? "faster" : high < 0.98 ? "slower" : "as before";
    return `${name.padEnd(width)}  ${ratio.toFixed(2)}  ${low.toFixed(2)} to ${high.toFixed(2)}  ${verdict}`;
  });
}

/**
 * Costs of each of our variants, turn by turn.
 *
 * @param {readonly object[]} runs what `--json` wrote
 * @returns {Map<string, number[]>}
 */
export function roundsOf(runs) {
  /** @type {Map<string, number[]>} */
  const costs = new Map();
  for (const run of runs) {
    for (const { name, variants } of /** @type {any} */ (run).results) {
      for (const variant of variants) {
        if (variant.role !== "ours") continue;
        const key = `${name}: ${variant.name}`;
        costs.set(key, [...(costs.get(key) ?? []), variant.cost.median]);
      }
    }
  }
  return costs;
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[half]];
  return (low + high) / 2;
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {readonly string[]} args
 */
function step(cwd, command, args) {
  const env = { ...process.env, CI: "true", TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  const { status, error } = spawnSync(command, args, {
    cwd,
    env,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}
