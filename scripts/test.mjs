// `npm test`: installs, builds and runs every test with coverage. Arguments go to vitest, which then runs a part of the
// tests, and without coverage.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { findChromium } from "./chromium.mjs";
import { build, install, root, tryRun } from "./run.mjs";

const reports = join(root, "reports");

install();
build();
rmSync(reports, { recursive: true, force: true });

const filters = process.argv.slice(2);
const chromium = findChromium();
const left = chromium === undefined ? ["--project=!browser"] : [];
const code = tryRun(
  "node",
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project=!interop",
    ...left,
    ...(filters.length === 0 ? ["--coverage"] : []),
    "--reporter=default",
    "--reporter=json",
    "--outputFile.json=reports/test.json",
    ...filters,
  ],
  chromium === undefined ? {} : { CHROMIUM: chromium },
);
if (filters.length === 0) printCoverage();
if (chromium === undefined) {
  console.log(
    "left out: the browser tests, because no Chromium was found (CHROMIUM=<path> names one)",
  );
}
process.exit(code);

/** Prints lines and branches covered in each package. */
function printCoverage() {
  const path = join(reports, "coverage/coverage-summary.json");
  if (!existsSync(path)) return console.error("vitest left no coverage report");
  const summary = JSON.parse(readFileSync(path, "utf8"));
  /** @type {Map<string, { lines: [number, number], branches: [number, number] }>} */
  const packages = new Map();
  for (const [file, counts] of Object.entries(summary)) {
    if (file === "total") continue;
    const name = relative(root, file).replaceAll("\\", "/").split("/src/")[0] ?? file;
    const sum = packages.get(name) ?? { lines: [0, 0], branches: [0, 0] };
    for (const kind of /** @type {const} */ (["lines", "branches"])) {
      sum[kind][0] += counts[kind].covered;
      sum[kind][1] += counts[kind].total;
    }
    packages.set(name, sum);
  }
  for (const [name, { lines, branches }] of packages) {
    console.log(`coverage of ${name}: lines ${percent(lines)}, branches ${percent(branches)}`);
  }
}

/** @param {[number, number]} counts covered, total */
function percent([covered, total]) {
  return `${total === 0 ? "100.00" : ((100 * covered) / total).toFixed(2)} % (${covered}/${total})`;
}
