import { late } from "./late.ts";

/** Other hosts and PID namespaces may use the same process and thread numbers in the same folder. */
const random: string = Math.floor(Math.random() * 2 ** 48).toString(36);
let thread: string | undefined;
let count = 0;

/** A short name, unique among all threads and processes that may meet in one folder. */
export function uniqueName(): string {
  const { threadId } = late.workerThreads;
  thread ??= `${process.pid}-${threadId}-${process.hrtime.bigint().toString(36)}-${random}`;
  return `${thread}-${count++}`;
}
