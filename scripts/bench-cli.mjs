// `npm run bench:cli`: what the command line takes from start to end on a large file, beside a Node that does nothing, and whether
// that is what the project promises: get, count and info by a sound index, head without one, shuffle in bounded memory.
// `--gigabytes 2` and `--rounds 15` are the defaults; `--no-shuffle` leaves the longest part out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build, install, root } from "./run.mjs";

/** @typedef {{ wall: number, processor: number, resident: number, read: number, code: number | null }} Cost */

const { values: options } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "2" },
    rounds: { type: "string", default: "15" },
    "no-shuffle": { type: "boolean", default: false },
  },
});
const bytes = Number(options.gigabytes) * 1e9;
const rounds = Number(options.rounds);

/** What is promised: ms of processor time beyond Node's own, MB of memory, bytes read of the file. */
const LIMITS = { start: 60, resident: 80, read: 1e6, shuffle: 300 };

/** Says at the end of a process what it took; loaded by every one that is measured, Node's own too. */
const PROBE = `
import { readFileSync, writeSync } from "node:fs";
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  let read = null;
  try {
    read = Number(/rchar: (\\d+)/.exec(readFileSync("/proc/self/io", "utf8"))[1]);
  } catch {}
  writeSync(3, JSON.stringify({ processor: (userCPUTime + systemCPUTime) / 1000, resident: maxRSS / 1000, read }));
});
`;

install();
build();
const program = join(root, "packages/cli/dist/bundle/main.mjs");
const folder = mkdtempSync(join(tmpdir(), "nthrec-bench-cli-"));
/** @type {string[]} */
const broken = [];
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const promise of broken) console.error(`broken: ${promise}`);
process.exit(broken.length === 0 ? 0 : 1);

async function main() {
  const probe = join(folder, "probe.mjs");
  writeFileSync(probe, PROBE);
  const data = join(folder, "big.jsonl");
  const records = fill(data);
  const few = join(folder, "few.jsonl");
  writeFileSync(few, '{"id":0,"text":"x"}\n'.repeat(6));
  console.log(`${records} records, ${statSync(data).size} bytes`);
  await head(probe, data, few);
  const index = await run(probe, [program, "index", data]);
  console.log(`index          ${shown(index)}`);
  await starts(probe, data, records);
  if (!options["no-shuffle"]) await shuffle(probe, data);
}

/** @param {string} probe @param {string} data @param {string} few */
async function head(probe, data, few) {
  const large = await run(probe, [program, "head", "-n", "5", data]);
  const small = await run(probe, [program, "head", "-n", "5", few]);
  const read = large.read - small.read;
  console.log(`head -n 5      ${read} bytes read of a file without an index`);
  // Where the system does not count what a process reads, nothing is known.
  if (large.read !== null) promise(read < LIMITS.read, `head reads ${read} bytes`);
}

/** @param {string} probe @param {string} data @param {number} records */
async function starts(probe, data, records) {
  const commands = {
    "node -e 0": ["-e", "0"],
    get: [program, "get", data, String(Math.min(5_000_000, records - 1))],
    count: [program, "count", data],
    info: [program, "info", data],
  };
  /** @type {Map<string, Cost[]>} */
  const costs = new Map(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // In turns: what else the machine does falls on all of them.
    for (const [name, args] of Object.entries(commands))
      costs.get(name)?.push(await run(probe, args));
  }
  const node = summary(costs.get("node -e 0") ?? []);
  for (const [name, each] of costs) {
    const found = summary(each);
    console.log(`${name.padEnd(14)} ${shown(found)}`);
    if (name === "node -e 0") continue;
    const beyond = found.processor - node.processor;
    promise(beyond <= LIMITS.start, `${name} takes ${beyond.toFixed(0)} ms beyond Node`);
    promise(found.resident < LIMITS.resident, `${name} holds ${found.resident.toFixed(0)} MB`);
  }
}

/** @param {string} probe @param {string} data */
async function shuffle(probe, data) {
  const args = [program, "shuffle", "--seed", "1", data, join(folder, "mixed.jsonl")];
  const cost = await run(probe, args);
  console.log(`shuffle        ${shown(cost)}`);
  promise(cost.resident < LIMITS.shuffle, `shuffle holds ${cost.resident.toFixed(0)} MB`);
}

/** @param {boolean} kept @param {string} sentence */
function promise(kept, sentence) {
  if (!kept) broken.push(sentence);
}

/** Writes JSON lines of 150 to 250 bytes; answers how many. @param {string} path */
function fill(path) {
  const file = openSync(path, "w");
  let records = 0;
  for (let written = 0; written < bytes; ) {
    const lines = Array.from({ length: 20_000 }, () => {
      const id = records++;
      return `{"id":${id},"text":"${"lorem ipsum ".repeat(10 + (id % 8))}","score":${id / 7}}\n`;
    });
    written += writeSync(file, lines.join(""));
  }
  closeSync(file);
  return records;
}

/** @param {string} probe @param {readonly string[]} args @returns {Promise<Cost>} */
async function run(probe, args) {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", pathToFileURL(probe).href, ...args], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    cwd: folder,
  });
  let told = "";
  child.stdio[3]?.on("data", (text) => {
    told += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return { wall: performance.now() - started, code, ...JSON.parse(told) };
}

/** Medians, and the quickest of what other programs can only prolong. @param {readonly Cost[]} costs @returns {Cost} */
function summary(costs) {
  const sorted = (/** @type {"processor" | "resident"} */ what) =>
    costs.map((cost) => cost[what]).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ??
    Number.NaN;
  const wall = Math.min(...costs.map((cost) => cost.wall));
  return { wall, processor: sorted("processor"), resident: sorted("resident"), read: 0, code: 0 };
}

/** @param {Cost} cost */
function shown({ wall, processor, resident }) {
  return `${wall.toFixed(0)} ms, ${processor.toFixed(0)} ms of processor time, ${resident.toFixed(0)} MB resident`;
}
