import { JsonlReader } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import { randomIndices } from "../data/random.ts";
import type { BenchCase, Prepared } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

const BATCH = 1000;
const BATCHES = 50;
const WINDOW = 10_000;

/** Batches of 1,000 records from all over the file. */
export const getMany: BenchCase = {
  name: "get-many",
  title: "1,000 random records of the whole file at once",
  unit: "ns/record",
  prepare: ({ records, cache }) => prepared(eventLines(cache, records), records, records, 0.95),
};

/** Batches of 1,000 records that lie near each other. */
export const getManyNear: BenchCase = {
  name: "get-many-near",
  title: "1,000 random records within 10,000 at once",
  unit: "ns/record",
  prepare: ({ records, cache }) => prepared(eventLines(cache, records), records, WINDOW, 1.8),
};

async function prepared(
  path: string,
  records: number,
  span: number,
  atLeast: number,
): Promise<Prepared> {
  const reader = await JsonlReader.open(path, { offsets: "resident" });
  const starts = randomIndices(BATCHES, Math.max(1, records - span), 11);
  const batches = starts.map((start, i) => randomIndices(BATCH, span, 100 + i, start));
  const all = BATCH * BATCHES;
  return {
    variants: [
      {
        name: "getSync loop",
        role: "floor",
        round: () =>
          nsPerRecord(all, () => {
            for (const batch of batches) for (const index of batch) reader.getSync(index);
          }),
      },
      {
        name: "getManySync",
        role: "ours",
        round: () =>
          nsPerRecord(all, () => {
            for (const batch of batches) reader.getManySync(batch);
          }),
      },
      {
        name: "await getMany",
        role: "ours",
        round: () =>
          nsPerRecordAsync(all, async () => {
            for (const batch of batches) await reader.getMany(batch);
          }),
      },
    ],
    goals: ["getManySync", "await getMany"].map((variant) => ({
      variant,
      against: "getSync loop",
      atLeast,
    })),
    close: () => reader.close(),
  };
}
