import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentEvent } from "../src/event.ts";
import { followLog } from "../src/follow-log.ts";
import { RotatingLog } from "../src/rotating-log.ts";
import { searchLog, tailLog } from "../src/search-log.ts";
import { segmentNumbers } from "../src/segments.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nthrec-agent-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (step: number, level: AgentEvent["level"] = "info"): AgentEvent => ({
  agent: "one",
  step,
  level,
  text: `step ${step}`,
});

test("the program follows every event of all agents, and finds what it looks for", () => {
  const program = join(import.meta.dirname, "..", "dist", "main.js");
  const lines = execFileSync(process.execPath, [program], { encoding: "utf8" }).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "300 events followed, each once",
    "more than 3 segments",
    "the last three:",
  ]);
  const errors = lines.filter((line) => line.includes("failed: the tool")).slice(-2);
  expect(errors[0]).toMatch(/^ {2}\S*log-\d{6}\.jsonl:\d+: step 99 failed/);
  expect(errors[1]).toMatch(/^ {2}\S*log-\d{6}\.jsonl:\d+: step 74 failed/);
});

test("a log rotates, goes on where it was, and reads as one", async () => {
  for (const from of [0, 7]) {
    await using log = await RotatingLog.open(folder, 5);
    for (let step = from; step < from + 7; step++) {
      await log.append(event(step, step % 4 === 0 ? "error" : "info"));
    }
  }
  expect(segmentNumbers(folder)).toEqual([0, 1, 2]);
  expect((await tailLog(folder, 6)).map(({ step }) => step)).toEqual([8, 9, 10, 11, 12, 13]);
  const found = await searchLog(folder, ({ level }) => level === "error", 2);
  expect(found.map(({ index, event: { step } }) => [index, step])).toEqual([
    [2, 12],
    [3, 8],
  ]);
});

test("a follower hears of segments that come later, and of late events in old ones", async () => {
  await using idle = await RotatingLog.open(folder, 3);
  await using busy = await RotatingLog.open(folder, 3);
  const seen: number[] = [];
  const enough = new AbortController();
  const following = followLog(
    folder,
    ({ step }) => {
      seen.push(step);
      if (seen.length === 8) enough.abort();
    },
    enough.signal,
  );
  for (let step = 0; step < 7; step++) await busy.append(event(step));
  await idle.append(event(99)); // into the first segment
  await following;
  expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 99]);
});
