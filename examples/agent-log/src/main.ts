// Agents, each a process of its own, write one log that rotates; this process follows it, and then looks into it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followLog } from "./follow-log.ts";
import { searchLog, tailLog } from "./search-log.ts";
import { segmentNumbers } from "./segments.ts";

const AGENTS = ["planner", "coder", "tester"];
const STEPS = 100;
const RECORDS_PER_SEGMENT = 80;

const folder = mkdtempSync(join(tmpdir(), "nthrec-agent-log-"));
try {
  const agents = AGENTS.map((name) => run(name));
  const followed = await follow(AGENTS.length * STEPS);
  await Promise.all(agents);
  console.log(`${followed} events followed, each once`);
  console.log(`${segmentNumbers(folder).length > 3 ? "more than 3" : "too few"} segments`);

  console.log("the last three:");
  for (const { agent, text } of await tailLog(folder, 3)) console.log(`  ${agent}: ${text}`);

  console.log("the newest two errors of the coder:");
  const errors = await searchLog(folder, (e) => e.agent === "coder" && e.level === "error", 2);
  for (const { event, name, index } of errors) console.log(`  ${name}:${index}: ${event.text}`);
} finally {
  rmSync(folder, { recursive: true });
}

async function run(agent: string): Promise<void> {
  const program = join(import.meta.dirname, "agent.js");
  const child = fork(program, [folder, agent, String(STEPS), String(RECORDS_PER_SEGMENT)]);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${agent} ended with ${code}`);
}

/** Follows until `count` events came; answers how many different ones. */
async function follow(count: number): Promise<number> {
  const enough = new AbortController();
  const seen = new Set<string>();
  let delivered = 0;
  const take = ({ agent, step }: { agent: string; step: number }): void => {
    seen.add(`${agent} ${step}`);
    if (++delivered === count) enough.abort();
  };
  await followLog(folder, take, enough.signal);
  return seen.size;
}
