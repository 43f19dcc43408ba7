// What `npm run bench:rivals` measured, as pages for people.
import { judged, slowerThanRivals } from "./rivals-promises.mjs";
import { costOf, ratioOf, spread } from "./rivals-results.mjs";

/**
 * @typedef {import("./rivals-results.mjs").Case} Case
 * @typedef {import("./rivals-results.mjs").Conditions} Conditions
 * @typedef {import("./rivals-promises.mjs").Promised} Promised
 * @typedef {Readonly<Record<string, string>>} Causes by the name of a case, or what several begin with
 */

/**
 * Goals, what is slower than a rival, and everything that was measured.
 *
 * @param {readonly Case[]} results
 * @param {readonly Promised[]} promises
 * @param {Causes} causes
 */
export function pageOf(results, promises, causes) {
  return [
    ...conditionsOf(results),
    "",
    ...goals(results, promises, causes),
    "",
    ...slower(results, causes),
    "",
    "### Every case",
    "",
    "Ratios are speeds, ours to the other's: the median and, in brackets, the quartiles of the rounds.",
    "",
    "| job | ours | is | beside the floor | beside the rival |",
    "| --- | --- | ---: | ---: | ---: |",
    ...results.flatMap(rowsOf),
    ...notesOf(results),
  ].join("\n");
}

/** @param {readonly Case[]} results */
function conditionsOf(results) {
  /** @type {Map<string, Case[]>} */
  const groups = new Map();
  for (const each of results) {
    const line = machineOf(each.conditions);
    groups.set(line, [...(groups.get(line) ?? []), each]);
  }
  const largest = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const versions = Object.assign({}, ...results.map(({ rivals }) => rivals ?? {}));
  const lines = largest.map(([line, cases], i) =>
    i === 0
      ? `Measured ${line}; load of the machine ${loads(cases)}.`
      : `Measured ${line}; load ${loads(cases)}: ${cases.map(({ name }) => `\`${name}\``).join(", ")}.`,
  );
  const rivals = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [...lines, ...(rivals.length === 0 ? [] : [`Rivals: ${rivals.join(", ")}.`])];
}

/** @param {Conditions} conditions */
export function machineOf({ date, revision, node, cpu, cores, clock, records }) {
  const time = clock === "cpu" ? "processor time" : "time that passes";
  const scale = records === 1e6 ? "" : `, \`--records ${records}\``;
  return `on ${date} at revision ${revision}: Node ${node.replace("v", "")}, ${cores} cores of ${cpu}, ${time}${scale}`;
}

/** @param {readonly Case[]} cases */
function loads(cases) {
  const all = cases.map(({ conditions }) => conditions.load);
  return `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
}

/**
 * @param {readonly Case[]} results
 * @param {readonly Promised[]} promises
 * @param {Causes} causes
 */
function goals(results, promises, causes) {
  const lines = judged(promises, results);
  const count = (/** @type {string} */ wanted) =>
    lines.filter(({ verdict }) => verdict === wanted).length;
  const missed = lines.filter(({ verdict }) => verdict === "missed");
  const why = [...new Set(missed.map(({ promise }) => promise.case))].map((name) => {
    const [first] = missed.filter(({ promise }) => promise.case === name);
    return `- **${first?.title}**: ${causeOf(name, causes)}`;
  });
  return [
    "### Goals",
    "",
    `${count("reached")} reached, ${count("missed")} missed, ${count("open")} not measured; ` +
      `${count("reported")} figures were promised without a goal.`,
    "",
    "| package | job | ours | goal | measured | |",
    "| --- | --- | --- | ---: | ---: | --- |",
    ...lines.map(
      ({ promise, title, goal, measured, verdict }) =>
        `| ${promise.package} | ${title} | ${promise.variant} | ${goal} | ${measured} | ${verdictOf(verdict)} |`,
    ),
    ...(why.length === 0 ? [] : ["", "What bounds those that were missed:", "", ...why]),
  ];
}

/** @param {string} verdict */
function verdictOf(verdict) {
  return { missed: "**missed**", reported: "", open: "open" }[verdict] ?? verdict;
}

/** @param {readonly Case[]} results @param {Causes} causes */
function slower(results, causes) {
  const found = slowerThanRivals(results);
  const rows = found.map(
    (each) =>
      `| ${each.title} | ${each.variant} | ${each.rival} | ${each.speed} | ${causeOf(each.case, causes)} |`,
  );
  const table = [
    "Every way of ours that a rival does faster, and why; speeds are ours to the rival's.",
    "",
    "| job | ours | rival | speed | cause |",
    "| --- | --- | --- | ---: | --- |",
    ...rows,
  ];
  const none = ["No rival was faster in any case that was measured."];
  return ["### Slower than a rival", "", ...(rows.length === 0 ? none : table)];
}

/**
 * The cause that is written down for the case, or for the longest beginning of its name.
 *
 * @param {string} name
 * @param {Causes} causes
 */
export function causeOf(name, causes) {
  const parts = name.split("-");
  for (let count = parts.length; count > 0; count--) {
    const cause = causes[parts.slice(0, count).join("-")];
    if (cause !== undefined) return cause;
  }
  return "not known";
}

/** What else was seen. @param {readonly Case[]} results */
function notesOf(results) {
  const noted = results.filter(({ notes }) => notes.length > 0);
  const lines = noted.map(({ title, notes }) => `- ${title}: ${notes.join("; ")}`);
  return lines.length === 0 ? [] : ["", "What else was seen:", "", ...lines];
}

/** @param {Case} result */
function rowsOf(result) {
  const { title, variants } = result;
  const floor = variants.find(({ role }) => role === "floor");
  const rivals = variants.filter(({ role }) => role === "rival");
  return variants
    .filter(({ role }) => role === "ours")
    .map((ours) => {
      const cells = [
        title,
        ours.name,
        costOf(ours.cost.median, result),
        floor === undefined ? "" : spread(ratioOf(ours, floor)),
        rivals.map((rival) => `${spread(ratioOf(ours, rival))} ${rival.name}`).join(", "),
      ];
      return `| ${cells.join(" | ")} |`;
    });
}
