// Our numbers beside a floor and a rival, measured in one run.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { cases } from "./cases/index.ts";
import { report } from "./harness/report.ts";
import type { CaseResult } from "./harness/result.ts";
import { Rival } from "./harness/rival.ts";
import { chosenCases, type Options, parseOptions, usage } from "./options.ts";

const options = read();
const names = cases.map(({ name }) => name);
if (options.help) {
  console.log(usage.replace("CASES", names.join(", ")));
  process.exit(0);
}
if (options.list) {
  console.log(names.join("\n"));
  process.exit(0);
}
const { chosen, unknown } = chosenCases(names, options.only);
if (unknown.length > 0) fail(`no such case: ${unknown.join(", ")} (there are ${names.join(", ")})`);

const machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
};
const clock = options.cpu ? "cpu" : "wall";
console.log(`Node ${machine.node}, ${machine.cores} cores of ${machine.cpu}, ${clock} time`);
const python = rival();
const results = chosen.map(measured);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ machine, clock, results }, undefined, 1)}\n`);
}

/** Measures a case in a process of its own, and prints what it came to. */
function measured(name: string): CaseResult {
  const { rounds, seconds, records, profile } = options;
  const flags = ["--expose-gc"];
  if (profile !== undefined) {
    flags.push("--cpu-prof", `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`);
  }
  const program = join(import.meta.dirname, "run-case.js");
  const args = [name, String(rounds), String(seconds), String(records), clock];
  args.push(options.rival ? "rivals" : "alone");
  const [load = 0] = loadavg();
  if (python !== undefined) args.push(python);
  const child = spawnSync(process.execPath, [...flags, program, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  });
  if (child.status !== 0) fail(`the case ${name} ended with ${child.status ?? child.signal}`);
  const result = { ...(JSON.parse(child.stdout) as CaseResult), records, load };
  console.log(report(result));
  return result;
}

function rival(): string | undefined {
  if (!options.rival) return undefined;
  const found = Rival.install();
  if ("python" in found) return found.python;
  console.log(`left out: the rival megstore, because ${found.reason}`);
  return undefined;
}

function read(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
