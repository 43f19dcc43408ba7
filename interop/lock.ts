import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PAUSE_MS = 200;

/** Does a job while no other process on this machine does one under the same folder's name. */
export function holding<T>(folder: string, job: () => T): T {
  while (!taken(folder)) {
    if (abandoned(folder)) rmSync(folder, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  try {
    return job();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function taken(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(folder, "pid"), String(process.pid));
  return true;
}

/** Whether the process that took it has ended. */
function abandoned(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    // No pid yet: its maker is between two steps.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
