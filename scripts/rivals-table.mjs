// What `npm run bench:rivals` measured, as a table for people.

/**
 * @typedef {{ median: number, lower: number, upper: number }} Summary
 * @typedef {{ name: string, role: string, cost: Summary, rounds: number[] }} Variant
 * @typedef {{ goal: { variant: string, against?: string, atLeast?: number, atMost?: number }, reached: Summary, met: boolean }} Goal
 * @typedef {{ name: string, title: string, unit: string, variants: Variant[], goals: Goal[] }} Case
 * @typedef {{ date: string, machine: { node: string, cpu: string, cores: number }, clock: string, results: Case[] }} Measured
 */

/**
 * A row for each of our ways to do a job, with the ratios to floor and rival, quartile to quartile.
 *
 * @param {Measured} measured
 */
export function tableOf({ date, machine, clock, results }) {
  const conditions =
    `Measured on ${date}: Node ${machine.node}, ${machine.cores} cores of ${machine.cpu}, ` +
    `${clock === "cpu" ? "processor" : "wall"} time. Ratios are speeds, ours to the other's: median (quartiles).`;
  const rows = results.flatMap((each) => rowsOf(each));
  return [
    conditions,
    "",
    "| job | ours | is | beside the floor | beside the rival | goals |",
    "| --- | --- | ---: | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}

/** @param {Case} result */
function rowsOf({ title, unit, variants, goals }) {
  const floor = variants.find(({ role }) => role === "floor");
  const rivals = variants.filter(({ role }) => role === "rival");
  return variants
    .filter(({ role }) => role === "ours")
    .map((ours) => {
      const own = goals.filter(({ goal }) => goal.variant === ours.name);
      const cells = [
        title,
        ours.name,
        costOf(ours.cost.median, unit),
        floor === undefined ? "" : ratio(ours, floor),
        rivals.map((rival) => `${ratio(ours, rival)} ${rival.name}`).join(", "),
        own.map(goalOf).join(", "),
      ];
      return `| ${cells.join(" | ")} |`;
    });
}

/**
 * @param {Variant} ours
 * @param {Variant} other
 */
function ratio(ours, other) {
  const each = ours.rounds
    .map((cost, round) => /** @type {number} */ (other.rounds[round]) / cost)
    .sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => each[Math.round((each.length - 1) * share)] ?? 0;
  const median = other.cost.median / ours.cost.median;
  return `${short(median)} (${short(at(0.25))}–${short(at(0.75))})`;
}

/** @param {Goal} goal */
function goalOf({ goal, met }) {
  const what =
    goal.against === undefined ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast} ${goal.against}`;
  return `${what}: ${met ? "reached" : "**missed**"}`;
}

/**
 * @param {number} cost
 * @param {string} unit
 */
function costOf(cost, unit) {
  if (unit !== "ns/record") return `${short(cost)} ${unit}`;
  return `${Math.round(1e9 / cost).toLocaleString("en")}/s`;
}

/** @param {number} value */
function short(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
