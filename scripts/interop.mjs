// `npm run interop`: installs, builds, asks the Python originals everything, and says at its end which of them were asked.
// It fails when one that pip offers was not, and when a test was skipped without a reason.
//   --long       with PyTorch, tensordict and tensorblob, several gigabytes
//   --bounded    less random data, for continuous integration
//   --seed N     the random data of an earlier run
// Other arguments go to vitest, which then asks a part; nothing is missing from a part.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge, table } from "./interop-report.mjs";
import { build, install, root, tryRun } from "./run.mjs";

const { values, tokens } = parseArgs({
  args: process.argv.slice(2),
  strict: false,
  tokens: true,
  options: {
    long: { type: "boolean", default: false },
    bounded: { type: "boolean", default: false },
    seed: { type: "string" },
  },
});
const own = new Set(["long", "bounded", "seed"]);
const filters = tokens.flatMap((token) => {
  if (token.kind === "positional") return [token.value];
  if (token.kind === "option" && !own.has(token.name)) return [token.rawName + rest(token)];
  return [];
});
const long = values.long === true;
const seed = Number(
  values.seed ?? process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31),
);
if (!Number.isSafeInteger(seed)) {
  console.error(`--seed takes an integer, not "${values.seed}"`);
  process.exit(1);
}

/** What the suites read: files and bytes of ArrayRecord, records of TFRecord, runs of Grain. */
const BOUNDED = {
  NTHREC_FILES: "100",
  NTHREC_BYTES: String(64 << 20),
  NTHREC_RECORDS: "20000",
  NTHREC_RUNS: "40",
};

const report = join(root, "reports/interop.json");
install();
build();
rmSync(report, { force: true });
console.log(`random data of seed ${seed}`);
const code = tryRun(
  "node",
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project=interop",
    // Half of the time they wait for a Python.
    "--maxWorkers=2",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...filters,
  ],
  {
    NTHREC_SEED: String(seed),
    NTHREC_TORCH: long ? "1" : "0",
    ...(values.bounded === true ? BOUNDED : {}),
  },
);
if (!existsSync(report)) process.exit(code || 1);

const { rows, failures } = judge({
  originals: JSON.parse(readFileSync(join(root, "interop/originals.json"), "utf8")),
  results: JSON.parse(readFileSync(report, "utf8")).testResults,
  long,
  part: filters.length > 0,
  refusal,
  version,
});
console.log(`\nThe originals, seed ${seed} (again: npm run interop -- --seed ${seed}):\n`);
for (const line of table(rows)) console.log(line);
for (const sentence of failures) console.error(`FAIL ${sentence}`);
process.exit(code !== 0 || failures.length > 0 ? 1 : 0);

/** @param {{ value?: string | undefined, inlineValue?: boolean | undefined }} token */
function rest({ value, inlineValue }) {
  return inlineValue === true ? `=${value}` : "";
}

/**
 * Why pip does not give a package, or `undefined` if it would.
 *
 * @param {string} distribution
 */
function refusal(distribution) {
  const asked = ["-m", "pip", "install", "--dry-run", "--no-deps", "--quiet", distribution];
  const python = existing() ?? "python3";
  const { status, stderr, error } = spawnSync(python, [...asked, "--ignore-installed"], {
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  return error?.message ?? stderr.trim().split("\n").at(-1) ?? `pip ended with ${status}`;
}

/** The Python of some environment: that of the system may have no pip. */
function existing() {
  const cache = join(root, "node_modules/.cache/interop");
  const names = ["megstore", "tfd-utils", "tensors"];
  return names.map((name) => join(cache, name, "bin/python")).find((path) => existsSync(path));
}

/**
 * The version of a package in an environment of the suite.
 *
 * @param {string} environment
 * @param {string} distribution
 */
function version(environment, distribution) {
  const python = join(root, "node_modules/.cache/interop", environment, "bin/python");
  const program = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";
  const { status, stdout } = spawnSync(python, ["-c", program, distribution], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
