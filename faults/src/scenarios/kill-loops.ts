import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { KindName } from "../formats/kinds.ts";
import { Child } from "../harness/children.ts";
import type { Context, Scenario } from "../harness/scenario.ts";
import type { LoadTask } from "../load/append-loop.ts";
import { type Life, Siege, type SiegePlan } from "../load/siege.ts";

const MOST = 1_000_000;
const SHORT_MS = 14_000;

/** Kills of each scenario in the long form, at least. */
const LONG_KILLS = 300;

export const killLoops: readonly Scenario[] = [
  scenario("kill-loop-4", "4 processes append and are killed at random", 4, startProcess),
  scenario("kill-loop-8", "8 processes append and are killed at random", 8, startProcess),
  scenario("thread-loop-4", "4 threads append and are terminated at random", 4, startThread),
  scenario("thread-loop-8", "8 threads append and are terminated at random", 8, startThread),
];

function scenario(
  name: string,
  title: string,
  writers: number,
  start: (task: LoadTask) => Life,
): Scenario {
  return {
    name,
    title,
    async run(context) {
      const over = overOf(context);
      for (let round = 0; !over(); round++) {
        const plan: SiegePlan = {
          kind: kindOf(round),
          writers,
          start,
          most: MOST,
          pauses: [20, 200],
        };
        await new Siege(context, plan).run(over);
      }
    },
  };
}

const rounds: readonly KindName[] = [
  "jsonl",
  "tfrecord",
  "jsonl",
  "counted",
  "text",
  "footed",
  "delimited",
];

/** Lines of JSON in most rounds, the other ways of writing in between. */
function kindOf(round: number): KindName {
  return rounds[round % rounds.length] as KindName;
}

function overOf({ long, verdicts }: Context): () => boolean {
  const end = performance.now() + SHORT_MS;
  if (!long) return () => performance.now() > end;
  return () => (verdicts.counts.get("kills") ?? 0) >= LONG_KILLS;
}

export function startProcess(task: LoadTask): Life {
  const child = Child.start("writer", task);
  return {
    async kill() {
      child.kill();
      await child.ended;
    },
    async finish() {
      child.tell("stop");
      const { code, signal, stderr } = await child.ended;
      if (code !== 0) throw new Error(`it ended with ${code ?? signal}: ${stderr}`);
    },
  };
}

function startThread(task: LoadTask): Life {
  const worker = new Worker(join(import.meta.dirname, "writer.js"), { workerData: task });
  let failure: unknown;
  worker.on("error", (error) => {
    failure = error;
  });
  const ended = new Promise<void>((resolve) => worker.on("exit", () => resolve()));
  return {
    async kill() {
      await worker.terminate();
      if (failure !== undefined) throw failure;
    },
    async finish() {
      worker.postMessage("stop");
      await ended;
      if (failure !== undefined) throw failure;
    },
  };
}
