// What `npm run bench:rivals` has measured, case by case: bench/results/latest.json.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * @typedef {{ median: number, lower: number, upper: number }} Summary
 * @typedef {{ name: string, role: string, cost: Summary, rounds: number[] }} Variant
 * @typedef {{ date: string, revision: string, node: string, cpu: string, cores: number, clock: string, records: number, load: number }} Conditions
 * @typedef {{ name: string, title: string, unit: string, bytes?: number, variants: Variant[], notes: string[], rivals?: Record<string, string>, conditions: Conditions }} Case
 */

/** @param {string} path @returns {Case[]} */
export function readResults(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).results : [];
}

/**
 * Puts a case among the others, in the order of `names`; what is no case any more is dropped.
 *
 * @param {readonly Case[]} results
 * @param {Case} fresh
 * @param {readonly string[]} names
 */
export function withCase(results, fresh, names) {
  const others = results.filter(({ name }) => name !== fresh.name && names.includes(name));
  return [...others, fresh].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}

/**
 * Four digits say more than a round can.
 *
 * @param {string} path
 * @param {readonly Case[]} results
 */
export function writeResults(path, results) {
  const short = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  const lines = results.map((each) => `  ${JSON.stringify(each, short)}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, `{ "results": [\n${lines.join(",\n")}\n] }\n`);
  renameSync(`${path}.part`, path);
}

/**
 * How many times as fast one variant is as another: median and quartiles of the rounds, which were measured side by side.
 *
 * @param {Variant} ours
 * @param {Variant} other
 * @returns {Summary}
 */
export function ratioOf(ours, other) {
  const each = ours.rounds
    .map((cost, round) => /** @type {number} */ (other.rounds[round]) / cost)
    .sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => {
    const place = (each.length - 1) * share;
    const [low = 0, high = 0] = [each[Math.floor(place)], each[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  };
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) };
}

/** @param {number} value */
export function short(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(Math.abs(value) >= 0.1 ? 2 : 1)));
}

/** A ratio and its spread. @param {Summary} summary */
export function spread({ median, lower, upper }) {
  return `${digits(median)} (${digits(lower)}–${digits(upper)})`;
}

/** Near a goal the third digit counts. @param {number} value */
function digits(value) {
  return value >= 20 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/**
 * What something costs, as people say it: a speed where records count.
 *
 * @param {number} cost
 * @param {Pick<Case, "unit" | "bytes">} result
 */
export function costOf(cost, { unit, bytes }) {
  if (unit !== "ns/record") return `${short(cost)} ${unit === "B/record" ? "B a record" : unit}`;
  const speed = `${Number((1e9 / cost).toPrecision(3)).toLocaleString("en")}/s`;
  return bytes === undefined ? speed : `${short(bytes / cost)} GB/s`;
}
