// `npm run bench:rivals`: every case beside its floor and its rival. The numbers go, round by round, to
// bench/results/latest.json as soon as a case is done; tables are made of them in docs/performance.md and in the READMEs.
//   --only a,b     these cases, and those whose names begin with "a-"; the others stay as they were
//   --resume       only cases that were not measured at this revision
//   --long         with the original of tensor blobs, which brings PyTorch, several gigabytes
//   --tables       measures nothing, and makes the tables anew
// Other arguments go to the benchmarks; unless they say so it is processor time, 7 rounds, 12 seconds a case or 3 rounds.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { figuresOf } from "./rivals-figures.mjs";
import { judged, slowerThanRivals } from "./rivals-promises.mjs";
import { readResults, withCase, writeResults } from "./rivals-results.mjs";
import { causeOf, pageOf } from "./rivals-table.mjs";
import { build, install, root, tryRun } from "./run.mjs";

const SECONDS = "12";
const json = join(root, "bench/results/latest.json");
const main = join(root, "bench/dist/main.js");
const args = process.argv.slice(2);
const tables = taken("--tables");
const resume = taken("--resume");
const long = taken("--long") ? { NTHREC_TORCH: "1" } : {};
const at = args.indexOf("--only");
const [, only = ""] = at === -1 ? [] : args.splice(at, 2);

install();
build();
const names = printed("node", [main, "--list"]).split("\n");
const revision = printed("git", ["rev-parse", "--short", "HEAD"]);
const failed = (tables ? [] : chosen()).filter((name) => !measure(name));
await writeTables();
if (failed.length > 0) {
  console.error(`not measured, because they ended with an error: ${failed.join(", ")}`);
  process.exit(1);
}

/** The cases that are to be measured. */
function chosen() {
  const words = only.split(",").filter((word) => word !== "");
  const unknown = words.filter((word) => !names.some((name) => isNamed(name, word)));
  if (unknown.length > 0) {
    console.error(`no such case: ${unknown.join(", ")} (there are ${names.join(", ")})`);
    process.exit(1);
  }
  const here = new Set(
    readResults(json)
      .filter(({ conditions }) => conditions.revision === revision)
      .map(({ name }) => name),
  );
  return names
    .filter((name) => words.length === 0 || words.some((word) => isNamed(name, word)))
    .filter((name) => !(resume && here.has(name)));
}

/** @param {string} name @param {string} word */
function isNamed(name, word) {
  return name === word || (!names.includes(word) && name.startsWith(`${word}-`));
}

/**
 * Whether it could be measured; one that could not leaves the others alone.
 *
 * @param {string} name
 */
function measure(name) {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-rivals-"));
  try {
    const file = join(folder, "result.json");
    const own = ["--cpu", "--seconds", SECONDS, ...args, "--only", name, "--json", file];
    if (tryRun("node", [main, ...own], long) !== 0) return false;
    const { machine, clock, results } = JSON.parse(readFileSync(file, "utf8"));
    const [{ records, load, goals: _, ...result }] = results;
    const date = new Date().toISOString().slice(0, 10);
    const conditions = { date, revision, ...machine, clock, records, load };
    writeResults(json, withCase(readResults(json), { ...result, conditions }, names));
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeTables() {
  const { promises } = await import(pathToFileURL(join(root, "bench/dist/promises.js")).href);
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(join(root, path), "utf8"));
  const causes = read("bench/causes.json");
  const results = readResults(json).filter(({ name }) => names.includes(name));
  replace("docs/performance.md", "rivals", pageOf(results, promises, causes));
  for (const [name, figures] of Object.entries(read("bench/figures.json"))) {
    replace(`packages/${name}/README.md`, "figures", figuresOf(figures, results));
  }
  const missed = judged(promises, results).filter(({ verdict }) => verdict === "missed");
  const all = [
    ...missed.map(({ promise }) => promise.case),
    ...slowerThanRivals(results).map((each) => each.case),
  ];
  const unexplained = [...new Set(all)].filter((name) => causeOf(name, causes) === "not known");
  if (unexplained.length > 0) {
    console.log(`bench/causes.json gives no cause for ${unexplained.join(", ")}`);
  }
  console.log(
    `${missed.length} promises of ${promises.length} missed; written to docs/performance.md, READMEs and ${json}`,
  );
}

/**
 * Replaces what stands between two markers.
 *
 * @param {string} path
 * @param {string} marker
 * @param {string} text
 */
function replace(path, marker, text) {
  const page = join(root, path);
  const old = readFileSync(page, "utf8");
  const [begin, end] = [`<!-- ${marker}: begin -->`, `<!-- ${marker}: end -->`];
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page} has no place for ${marker}`);
  writeFileSync(page, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`);
}

/** @param {string} flag */
function taken(flag) {
  const place = args.indexOf(flag);
  if (place !== -1) args.splice(place, 1);
  return place !== -1;
}

/** @param {string} command @param {readonly string[]} list */
function printed(command, list) {
  return execFileSync(command, list, { cwd: root, encoding: "utf8" }).trim();
}
