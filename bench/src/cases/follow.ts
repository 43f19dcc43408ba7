import { watch } from "node:fs";
import { join } from "node:path";
import { JsonlReader, JsonlWriter } from "@nthrec/jsonl";
import { Appenders } from "../harness/appenders.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { clean } from "../harness/clean.ts";
import { quantile } from "../harness/stats.ts";
import type { Stamped } from "../programs/append-loop.ts";

const RECORDS = 200;
const PAUSE_MS = 5;

/** From the call of `append` in one process to the delivery in another; in time that passes, whatever the clock. */
export const follow: BenchCase = {
  name: "follow",
  title: "a follower's delay, from the call of append in another process (time that passes)",
  unit: "ms",

  async prepare({ scratch }): Promise<Prepared> {
    const path = join(scratch, "follow.jsonl");
    let delays: number[] = [];
    const variants: Variant[] = [
      {
        name: "fs.watch tells, median",
        role: "floor",
        round: async () => median(await told(path)),
      },
      {
        name: "follow delivers, median",
        role: "ours",
        round: async () => {
          delays = await delivered(path);
          return median(delays);
        },
      },
      { name: "the same, worst", role: "ours", round: () => Math.max(...delays) },
    ];
    return { variants, goals: [], close: () => clean(path) };
  },
};

/** Delays of a follower. */
async function delivered(path: string): Promise<number[]> {
  const appenders = await start(path);
  await using reader = await JsonlReader.open<Stamped>(path);
  const running = appenders.run();
  const delays: number[] = [];
  for await (const { at } of reader.follow()) {
    delays.push((Number(process.hrtime.bigint()) - at) / 1e6);
    if (delays.length === RECORDS) break;
  }
  await running;
  return delays;
}

/** What the system itself takes to say that something changed: the least that a follower can take. */
async function told(path: string): Promise<number[]> {
  const appenders = await start(path);
  const times: number[] = [];
  const watcher = watch(path, () => times.push(Number(process.hrtime.bigint())));
  await appenders.run();
  watcher.close();
  await using reader = await JsonlReader.open<Stamped>(path);
  return [...reader].flatMap(({ at }) => {
    const first = times.find((time) => time >= at);
    return first === undefined ? [] : [(first - at) / 1e6];
  });
}

async function start(path: string): Promise<Appenders> {
  clean(path);
  const writer = await JsonlWriter.open(path, { mode: "append" });
  await writer.close();
  return Appenders.start(1, path, RECORDS, PAUSE_MS);
}

function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
