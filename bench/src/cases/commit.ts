import { join } from "node:path";
import { JsonlReader, JsonlWriter, type JsonlWriterOptions } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import { CommitLoop } from "../floors/commit-loop.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { clean } from "../harness/clean.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

/** How one of the cases commits. */
interface Commits {
  readonly name: string;
  readonly title: string;
  readonly commits: number;
  /** Records in each. */
  readonly batch: number;
  readonly durability: "process" | "disk";
}

/** Commits of one record, as a log writes them; each is safe from `kill -9` when it is acknowledged. */
export const commit: BenchCase = commits({
  name: "commit",
  title: "shared append, a commit for each record",
  commits: 4000,
  batch: 1,
  durability: "process",
});

/** As {@link commit}, and each is on disk when it is acknowledged. */
export const commitDisk: BenchCase = commits({
  name: "commit-disk",
  title: "shared append, a commit for each record, on disk",
  commits: 300,
  batch: 1,
  durability: "disk",
});

/** Commits of a hundred records. */
export const commitBatch: BenchCase = commits({
  name: "commit-batch",
  title: "shared append, a commit for each 100 records",
  commits: 500,
  batch: 100,
  durability: "process",
});

function commits({ name, title, commits: count, batch, durability }: Commits): BenchCase {
  const prepare: BenchCase["prepare"] = async ({ records, cache, scratch }): Promise<Prepared> => {
    await using reader = await JsonlReader.open(eventLines(cache, records));
    const values = [...reader.slice(0, 1000)];
    const batches = Array.from({ length: count }, (_, i) =>
      Array.from({ length: batch }, (_each, j) => values[(i * batch + j) % values.length]),
    );
    const path = join(scratch, `${name}.jsonl`);
    const options = { mode: "append", durability } as const;
    const total = count * batch;
    const variants: Variant[] = [
      {
        name: "the same system calls",
        role: "floor",
        round: () => bare(path, batches, durability),
      },
      { name: "Sync", role: "ours", round: () => now(path, batches, options) },
      { name: "await", role: "ours", round: () => awaited(path, batches, options, total) },
    ];
    const goals = ["Sync", "await"]
      .filter(() => batch === 1)
      .map((variant) => ({ variant, against: "the same system calls", atLeast: 0.8 }));
    return { variants, goals, close: () => clean(path) };
  };
  return { name, title, unit: "ns/record", prepare };
}

function bare(path: string, batches: readonly unknown[][], durability: string): number {
  clean(path);
  const loop = new CommitLoop(path, durability === "disk");
  const cost = nsPerRecord(batches.length * (batches[0] as unknown[]).length, () => {
    for (const batch of batches) {
      let lines = "";
      for (const value of batch) lines += `${JSON.stringify(value)}\n`;
      loop.commit(lines, batch.length);
    }
  });
  loop.close();
  return cost;
}

function now(path: string, batches: readonly unknown[][], options: JsonlWriterOptions): number {
  clean(path);
  const writer = JsonlWriter.openSync(path, options);
  const cost = nsPerRecord(batches.length * (batches[0] as unknown[]).length, () => {
    for (const batch of batches) {
      if (batch.length === 1) writer.appendSync(batch[0]);
      else writer.extendSync(batch);
    }
  });
  writer.closeSync();
  return cost;
}

async function awaited(
  path: string,
  batches: readonly unknown[][],
  options: JsonlWriterOptions,
  total: number,
): Promise<number> {
  clean(path);
  const writer = await JsonlWriter.open(path, options);
  const cost = await nsPerRecordAsync(total, async () => {
    for (const batch of batches) {
      await Promise.all(batch.map((value) => writer.append(value)));
    }
  });
  await writer.close();
  return cost;
}
