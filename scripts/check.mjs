// `npm run check`: tests, lint, types and package checks. With --all, nothing may be left out: a browser must be
// there, and the suite against the originals and the short form of the fault suite run too.
// The last line sums what ran: each test counts, and each other check counts as one.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "./chromium.mjs";
import { pnpm, root, tryRun } from "./run.mjs";

const total = { passed: 0, failed: 0 };
/** @type {string[]} */
const lines = [];

const all = process.argv.includes("--all");
if (all) check("a browser is there", () => (findChromium() === undefined ? 1 : 0));
suite("tests", "test", () => tryRun("npm", ["test"]));
check("lint", () => tryRun("npm", ["run", "lint"]));
check("types", () => tryRun("npm", ["run", "types"]));
check("packages", () => tryRun("npx", pnpm(["exec", "turbo", "run", "package"])));
check("bundle sizes", () => tryRun("node", ["scripts/check-sizes.mjs"]));
check("packages installed alone", () => tryRun("node", ["scripts/check-installs.mjs"]));
if (all) {
  suite("interop", "interop", () => tryRun("npm", ["run", "interop", "--", "--bounded"]));
  faults();
}

console.log(`\n${lines.join("\n")}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

/**
 * Counts a command as one check.
 *
 * @param {string} name
 * @param {() => number} command
 */
function check(name, command) {
  console.log(`\n== ${name}`);
  const ok = command() === 0;
  add(name, ok ? 1 : 0, ok ? 0 : 1);
}

/**
 * Counts the tests in the JSON report that a vitest run leaves.
 *
 * @param {string} name
 * @param {string} report file in `reports`, without its ending
 * @param {() => number} command
 */
function suite(name, report, command) {
  console.log(`\n== ${name}`);
  const path = join(root, "reports", `${report}.json`);
  rmSync(path, { force: true });
  const ok = command() === 0;
  const { numPassedTests = 0, numFailedTests = 0 } = readReport(path);
  // A run can fail without a failing test: a suite that does not load, coverage below its threshold.
  const failed = !ok && numFailedTests === 0 ? 1 : numFailedTests;
  add(name, numPassedTests, failed);
}

/** Counts the checks of the fault suite's short form. */
function faults() {
  console.log("\n== faults");
  const path = join(root, "reports", "faults.json");
  rmSync(path, { force: true });
  const ok = tryRun("npm", ["run", "faults"]) === 0;
  const { passed = 0, failed = 0 } = readReport(path);
  // A run can end before it writes its report.
  add("faults", passed, !ok && failed === 0 ? 1 : failed);
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    console.error(`no report to count: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

/**
 * @param {string} name
 * @param {number} passed
 * @param {number} failed
 */
function add(name, passed, failed) {
  total.passed += passed;
  total.failed += failed;
  lines.push(`${failed === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed} failed`);
}
