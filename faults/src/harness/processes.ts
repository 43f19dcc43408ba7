import { readFileSync } from "node:fs";
import { pause } from "./children.ts";

/** Waits until a process is stopped by a signal; `false` when it ended, or went on for too long. */
export async function isStopped(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 2000; tries++) {
    const state = stateOf(pid);
    if (state === "T") return true;
    if (state === undefined || state === "Z") return false;
    await pause(5);
  }
  return false;
}

/** The letter that Linux shows for a process, or `undefined` when there is none. */
function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0];
  } catch {
    // It has ended and was waited for.
    return undefined;
  }
}
