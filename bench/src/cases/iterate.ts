import { JsonlReader } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import { LineFile } from "../floors/line-file.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

const MOST = 200_000;

/** All records one after another. */
export const iterate: BenchCase = {
  name: "iterate",
  title: "records in order",
  unit: "ns/record",

  async prepare({ records, cache, rival }): Promise<Prepared> {
    const path = eventLines(cache, records);
    const count = Math.min(MOST, records);
    const floor = new LineFile(path);
    const reader = await JsonlReader.open(path);
    const view = reader.slice(0, count);
    let sum = 0;
    const use = (value: unknown): void => {
      sum += (value as { id: number }).id;
    };
    const variants: Variant[] = [
      {
        name: "read and parse",
        role: "floor",
        round: () => nsPerRecord(count, () => floor.each(count, use)),
      },
      {
        name: "for of",
        role: "ours",
        round: () =>
          nsPerRecord(count, () => {
            for (const record of view) use(record);
          }),
      },
      {
        name: "for await of",
        role: "ours",
        round: () =>
          nsPerRecordAsync(count, async () => {
            for await (const record of view) use(record);
          }),
      },
    ];
    if (rival) {
      variants.push({
        name: rival.name,
        role: "rival",
        round: async () =>
          ((await rival.seconds({ job: "iterate", path, records: count })) * 1e9) / count,
      });
    }
    return {
      variants,
      goals: ["for of", "for await of"].map((variant) => ({
        variant,
        against: "read and parse",
        atLeast: 0.8,
      })),
      async close() {
        if (!Number.isFinite(sum)) throw new Error("a record was misread");
        floor.close();
        await reader.close();
      },
    };
  },
};
