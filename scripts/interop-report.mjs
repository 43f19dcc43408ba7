// What became of each Python original in a run of the interop suite.

/**
 * @typedef {{ name: string, distributions: string[], uses: string[], long?: boolean }} Original
 * @typedef {{ environment: string, uses: string[] }} ProgramRun
 * @typedef {{ fullName: string, status: string, meta?: { programs?: ProgramRun[], leftOut?: string } }} TestResult
 * @typedef {{ name: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ name: string, tests: number, versions: string, leftOut: string | undefined }} Row
 */

/**
 * Counts what was asked of each original, and finds what should have been asked and was not.
 *
 * @param {object} run
 * @param {readonly Original[]} run.originals
 * @param {readonly FileResult[]} run.results what vitest's JSON reporter wrote of each file
 * @param {boolean} run.long whether the large originals were wanted
 * @param {boolean} run.part whether only some tests were wanted
 * @param {(distribution: string) => string | undefined} run.refusal why pip does not give a package, if it does not
 * @param {(environment: string, distribution: string) => string | undefined} run.version
 * @returns {{ rows: Row[], failures: string[] }}
 */
export function judge({ originals, results, long, part, refusal, version }) {
  const failures = results.flatMap(silence);
  const rows = originals.map((original) => {
    const row = asked(original, results, version);
    if (row.tests > 0) return row;
    if (original.long === true && !long) {
      return { ...row, leftOut: "large; npm run interop -- --long" };
    }
    if (part) return { ...row, leftOut: "not in the part that was asked for" };
    const [distribution = original.name] = original.distributions;
    const leftOut = refusal(distribution);
    if (leftOut === undefined) {
      failures.push(`${original.name} was not asked anything, and pip offers ${distribution}`);
    }
    return { ...row, leftOut: leftOut ?? "NOT ASKED, though pip offers it" };
  });
  if (!rows.some(({ tests }) => tests > 0)) failures.push("no original was asked anything");
  return { rows, failures };
}

/**
 * Tests that were skipped, and do not say why, and files without a test.
 *
 * @param {FileResult} file
 */
function silence({ name, assertionResults }) {
  const skipped = assertionResults.filter(
    ({ status, meta }) => status !== "passed" && status !== "failed" && meta?.leftOut === undefined,
  );
  const empty = assertionResults.length === 0 ? [`${name} ran no test`] : [];
  return [
    ...empty,
    ...skipped.map(({ fullName }) => `${name}: skipped without a word: ${fullName}`),
  ];
}

/**
 * @param {Original} original
 * @param {readonly FileResult[]} results
 * @param {(environment: string, distribution: string) => string | undefined} version
 * @returns {Row}
 */
function asked({ name, distributions, uses }, results, version) {
  const isOurs = (/** @type {ProgramRun} */ run) =>
    run.uses.some((used) => uses.some((each) => used === each || used.startsWith(`${each}.`)));
  const passed = results
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed")
    .map(({ meta }) => (meta?.programs ?? []).filter(isOurs))
    .filter((programs) => programs.length > 0);
  const environments = new Set(passed.flat().map(({ environment }) => environment));
  const versions = distributions.map((distribution) => {
    const found = [...environments].map((each) => version(each, distribution));
    return `${distribution} ${[...new Set(found.filter((each) => each !== undefined))].join(", ")}`;
  });
  return {
    name,
    tests: passed.length,
    versions: passed.length === 0 ? "" : versions.join(", "),
    leftOut: undefined,
  };
}

/**
 * The lines that people read.
 *
 * @param {readonly Row[]} rows
 */
export function table(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, tests, versions, leftOut }) => {
    const what =
      leftOut === undefined
        ? `asked     ${String(tests).padStart(4)} ${tests === 1 ? "test " : "tests"}  ${versions}`
        : `left out  ${leftOut}`;
    return `${name.padEnd(width)}  ${what}`;
  });
}
