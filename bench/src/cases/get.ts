import { JsonlReader } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import { randomIndices } from "../data/random.ts";
import { LineFile } from "../floors/line-file.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

const READS = 100_000;
const RIVAL_READS = 20_000;

/** Single records at random, before the call returns and awaited. */
export const get: BenchCase = {
  name: "get",
  title: "random records one by one",
  unit: "ns/record",

  async prepare({ records, cache, rival }): Promise<Prepared> {
    const path = eventLines(cache, records);
    const indices = randomIndices(READS, records, 7);
    const floor = new LineFile(path);
    const reader = await JsonlReader.open(path, { offsets: "resident" });
    const paged = await JsonlReader.open(path, { offsets: "paged" });
    const sync = (name: string, reads: { getSync(index: number): unknown }): Variant => ({
      name,
      role: "ours",
      round: () =>
        nsPerRecord(READS, () => {
          for (const index of indices) reads.getSync(index);
        }),
    });
    const awaited = (name: string, reads: { get(index: number): Promise<unknown> }): Variant => ({
      name,
      role: "ours",
      round: () =>
        nsPerRecordAsync(READS, async () => {
          for (const index of indices) await reads.get(index);
        }),
    });
    const variants: Variant[] = [
      {
        name: "readSync + parse",
        role: "floor",
        round: () =>
          nsPerRecord(READS, () => {
            for (const index of indices) floor.get(index);
          }),
      },
      sync("getSync", reader),
      awaited("await get", reader),
      sync("getSync, paged", paged),
      awaited("await get, paged", paged),
    ];
    if (rival) {
      const few = indices.slice(0, RIVAL_READS);
      variants.push({
        name: rival.name,
        role: "rival",
        round: async () =>
          ((await rival.seconds({ job: "get", path, indices: few })) * 1e9) / RIVAL_READS,
      });
    }
    return {
      variants,
      goals: [
        { variant: "getSync", against: "readSync + parse", atLeast: 0.8 },
        { variant: "await get", against: "megstore", atLeast: 3 },
      ],
      async close() {
        floor.close();
        await Promise.all([reader.close(), paged.close()]);
      },
    };
  },
};
