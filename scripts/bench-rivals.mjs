// `npm run bench:rivals`: every case beside its floor and its rival, written as a table to docs/performance.md and, round
// by round, to bench/results/latest.json. Arguments go to the benchmarks.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tableOf } from "./rivals-table.mjs";
import { build, install, root, run } from "./run.mjs";

const json = join(root, "bench/results/latest.json");
const page = join(root, "docs/performance.md");

install();
build();
mkdirSync(dirname(json), { recursive: true });
run("node", ["bench/dist/main.js", "--cpu", ...process.argv.slice(2), "--json", json]);
const measured = JSON.parse(readFileSync(json, "utf8"));
const date = new Date().toISOString().slice(0, 10);
writeFileSync(json, `${JSON.stringify({ date, ...measured }, undefined, 1)}\n`);
writeFileSync(page, replaced(readFileSync(page, "utf8"), tableOf({ date, ...measured })));
console.log(`written to ${page} and ${json}`);

/**
 * @param {string} text
 * @param {string} table
 */
function replaced(text, table) {
  const [begin, end] = ["<!-- rivals: begin -->", "<!-- rivals: end -->"];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page} has no place for the table`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}
