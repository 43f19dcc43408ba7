// What was promised beside what was measured.
import { costOf, ratioOf, short, spread } from "./rivals-results.mjs";

/**
 * @typedef {import("./rivals-results.mjs").Case} Case
 * @typedef {{ package: string, case: string, variant: string, against?: string, otherwise?: string, atLeast?: number, atMost?: number, gigabytes?: number, reported?: true }} Promised
 * @typedef {{ promise: Promised, title: string, goal: string, measured: string, verdict: "reached" | "missed" | "open" | "reported" }} Line
 * @typedef {{ title: string, variant: string, rival: string, speed: string, median: number, case: string }} Slower
 */

/**
 * Each promise with what became of it.
 *
 * @param {readonly Promised[]} promises
 * @param {readonly Case[]} results
 * @returns {Line[]}
 */
export function judged(promises, results) {
  return promises.map((given) => {
    const result = results.find(({ name }) => name === given.case);
    const promise = present(given, result);
    const line = { promise, title: result?.title ?? promise.case, goal: goalOf(promise, result) };
    const ours = result?.variants.find(({ name }) => name === promise.variant);
    if (result === undefined) return { ...line, measured: "not measured yet", verdict: "open" };
    if (ours === undefined || ours.rounds.length === 0) {
      return { ...line, measured: `no variant "${promise.variant}" was measured`, verdict: "open" };
    }
    return { ...line, ...measured(promise, result, ours) };
  });
}

/**
 * The promise beside whoever was there.
 *
 * @param {Promised} promise
 * @param {Case | undefined} result
 */
function present(promise, result) {
  const has = (/** @type {string | undefined} */ name) =>
    result?.variants.some((variant) => variant.name === name) === true;
  const { against, otherwise } = promise;
  if (otherwise === undefined || has(against) || !has(otherwise)) return promise;
  return { ...promise, against: otherwise };
}

/** @param {Promised} promise @param {Case | undefined} result */
function goalOf({ against, atLeast, atMost, gigabytes }, result) {
  if (against !== undefined) return `${atLeast} × ${against}`;
  if (gigabytes !== undefined) return `${gigabytes} GB/s`;
  return atMost === undefined ? "" : `at most ${atMost} ${result?.unit ?? ""}`.trim();
}

/**
 * @param {Promised} promise
 * @param {Case} result
 * @param {import("./rivals-results.mjs").Variant} ours
 * @returns {Pick<Line, "measured" | "verdict">}
 */
function measured({ against, atLeast, atMost, gigabytes }, result, ours) {
  const verdict = (/** @type {boolean} */ met) => (met ? "reached" : "missed");
  const { median, lower, upper } = ours.cost;
  if (against !== undefined) {
    const other = result.variants.find(({ name }) => name === against);
    if (other === undefined) return { measured: `${against} was not there`, verdict: "open" };
    const ratio = ratioOf(ours, other);
    return { measured: spread(ratio), verdict: verdict(ratio.median >= (atLeast ?? 0)) };
  }
  if (gigabytes !== undefined) {
    const bytes = result.bytes ?? 0;
    const rates = { median: bytes / median, lower: bytes / upper, upper: bytes / lower };
    return { measured: `${spread(rates)} GB/s`, verdict: verdict(rates.median >= gigabytes) };
  }
  const cost = `${costOf(median, result)} (${short(lower)}–${short(upper)} ${result.unit})`;
  if (atMost === undefined) return { measured: cost, verdict: "reported" };
  return { measured: cost, verdict: verdict(median <= atMost) };
}

/**
 * Every way of ours that a rival does faster, the slowest first. What both sides are measured in may be bytes.
 *
 * @param {readonly Case[]} results
 * @returns {Slower[]}
 */
export function slowerThanRivals(results) {
  const found = results.flatMap((result) => {
    const rivals = result.variants.filter(({ role }) => role === "rival");
    return result.variants
      .filter(({ role }) => role === "ours")
      .flatMap((ours) => rivals.map((rival) => ({ ours, rival, ratio: ratioOf(ours, rival) })))
      .filter(({ ratio }) => ratio.median < 1)
      .map(({ ours, rival, ratio }) => ({
        case: result.name,
        title: result.title,
        variant: ours.name,
        rival: `${rival.name} ${result.rivals?.[rival.name] ?? ""}`.trim(),
        speed: spread(ratio),
        median: ratio.median,
      }));
  });
  return found.sort((a, b) => a.median - b.median);
}
