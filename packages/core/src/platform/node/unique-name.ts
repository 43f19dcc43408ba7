import { randomBytes } from "node:crypto";
import { threadId } from "node:worker_threads";

/** Other hosts and PID namespaces may use the same process and thread numbers in the same folder. */
const thread: string = `${process.pid}-${threadId}-${randomBytes(6).toString("hex")}`;
let count = 0;

/** A short name, unique among all threads and processes that may meet in one folder. */
export function uniqueName(): string {
  return `${thread}-${count++}`;
}
