import type { Logbook } from "./logbook.ts";

/** What happened, as lines of a table. */
export function table(logbook: Logbook, kills: number, seconds: number): string {
  const { delays, followed, longestWait, recoveries, rolledForward, rolledBack } = logbook;
  const sorted = [...delays].sort((a, b) => a - b);
  const rows: [string, string][] = [
    ["records in the file", count(followed.length)],
    ["acknowledged before their worker was killed", count(logbook.count)],
    ["workers killed", count(kills)],
    ["recoveries that found something to mend", count(recoveries)],
    ["  whole records of killed workers published", count(rolledForward)],
    ["  bytes of torn ones taken out", count(rolledBack)],
    ["longest wait for an append", milliseconds(longestWait)],
    ["follower's delay, median", milliseconds(sorted[sorted.length >> 1] ?? 0)],
    ["follower's delay, worst", milliseconds(sorted.at(-1) ?? 0)],
    ["time", `${seconds.toFixed(1)} s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(46)}${value.padStart(10)}`).join("\n");
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
