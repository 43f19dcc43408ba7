// What a thread runs: chunks come in, chunks go out.
import { parentPort, workerData } from "node:worker_threads";
import { defaultCodecs, prepareCodecs } from "../../codecs/prepared.ts";
import { answerTo } from "../../threads/answer-to.ts";
import type { ThreadJob } from "../../threads/chunk-threads.ts";

/** 1 when nothing of what is still to come is wanted. */
const closed = workerData as Int32Array;

await prepareCodecs();
parentPort?.on("message", (job: ThreadJob | null) => {
  if (job === null || Atomics.load(closed, 0) === 1) {
    parentPort?.close();
    return;
  }
  const { answer, transfer } = answerTo(job, defaultCodecs);
  parentPort?.postMessage(answer, transfer);
});
