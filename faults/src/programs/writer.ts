// A writer under fire: a process, or a thread of one.
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { endWithSuite } from "../harness/orphans.ts";
import { AppendLoop, type LoadTask } from "../load/append-loop.ts";

const loop = new AppendLoop(
  (isMainThread ? JSON.parse(process.argv[2] as string) : workerData) as LoadTask,
);
const stop = (): void => {
  loop.stopped = true;
};
if (isMainThread) {
  process.stdin.once("data", stop);
  endWithSuite();
} else parentPort?.once("message", stop);
// Nothing here waits: a thread that is terminated just when the evaluation of its module begins to wait takes Node 20 down.
void loop.run().then(() => {
  if (isMainThread) process.stdin.destroy();
});
