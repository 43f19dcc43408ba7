import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type KindName, kindOf } from "../formats/kinds.ts";
import { Child } from "../harness/children.ts";
import type { Scenario } from "../harness/scenario.ts";
import type { LoadTask } from "../load/append-loop.ts";
import { type Life, Siege } from "../load/siege.ts";

const MOST = 1_000_000;
const SHORT_MS = 14_000;
/** Milliseconds between two kills, least and most. */
const PAUSES = [20, 200] as const;
/** Of a format whose writers load codecs before their first commit, and write more. */
const LONGER_PAUSES = [100, 1000] as const;

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
      const siege = (kind: KindName, over: () => boolean): Promise<void> => {
        const pauses = kindOf(kind).bulk === undefined ? PAUSES : LONGER_PAUSES;
        return new Siege(context, { kind, writers, start, most: MOST, pauses }).run(over);
      };
      const chosen = rounds.filter((kind) => context.allKinds.includes(kind));
      if (context.long) {
        // Each in its turn gets its share of the kills, in as many files as that takes.
        for (const [round, kind] of chosen.entries()) {
          const share = (LONG_KILLS * (round + 1)) / chosen.length;
          const over = (): boolean => (context.verdicts.counts.get("kills") ?? 0) >= share;
          while (!over()) await siege(kind, over);
        }
        return;
      }
      // Lines of JSON, and another format that the seed picks.
      const first = context.allKinds.includes("jsonl") ? "jsonl" : context.random.pick(chosen);
      for (const kind of [first, context.random.pick(chosen)]) {
        const end = performance.now() + SHORT_MS / 2;
        await siege(kind, () => performance.now() > end);
      }
    },
  };
}

/** Lines of JSON more often than the other ways of writing. */
const rounds: readonly KindName[] = [
  "jsonl",
  "tfrecord",
  "jsonl",
  "counted",
  "text",
  "footed",
  "arrayrecord-4",
  "tensorblob",
  "arrayrecord-4-close",
  "delimited",
  "arrayrecord-close",
  "arrayrecord",
];

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
