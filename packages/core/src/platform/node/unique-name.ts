import { threadId } from "node:worker_threads";

/** Other hosts and PID namespaces may use the same process and thread numbers in the same folder. */
const random: string = Math.floor(Math.random() * 2 ** 48).toString(36);
const thread: string = `${process.pid}-${threadId}-${process.hrtime.bigint().toString(36)}-${random}`;
let count = 0;

/** A short name, unique among all threads and processes that may meet in one folder. */
export function uniqueName(): string {
  return `${thread}-${count++}`;
}
