// What a thread runs: chunks come in, chunks go out.
import { parentPort } from "node:worker_threads";
import { defaultCodecs, prepareCodecs } from "../../codecs/prepared.ts";
import { answerTo } from "../../threads/answer-to.ts";
import type { ThreadJob } from "../../threads/chunk-threads.ts";

await prepareCodecs();
parentPort?.on("message", (job: ThreadJob) => {
  const { answer, transfer } = answerTo(job, defaultCodecs);
  parentPort?.postMessage(answer, transfer);
});
