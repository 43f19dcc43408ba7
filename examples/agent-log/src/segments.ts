import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The files of a log: `log-000000.jsonl`, `log-000001.jsonl`, and so on. */
export const PATTERN = "log-*.jsonl";

/** Path of segment `number`. */
export function segmentPath(folder: string, number: number): string {
  return join(folder, `log-${String(number).padStart(6, "0")}.jsonl`);
}

/** Numbers of the segments that are there, in order. */
export function segmentNumbers(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => /^log-(\d{6})\.jsonl$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}
