import { closeSync, openSync, readSync } from "node:fs";
import { ArrayRecordReader } from "@nthrec/arrayrecord";
import { arrayRecordFile } from "../data/array-records.ts";
import { randomIndices, shuffled } from "../data/random.ts";
import { readThrough } from "../floors/plain-file.ts";
import type { BenchCase, Prepared } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import { ARRAY_RECORD } from "../harness/rival.ts";
import { beside, countOf, type Layout, named, optionsOf, theirs } from "./arrayrecord-layouts.ts";

const READS = 20_000;
const RIVAL_READS = 5000;
const RIVAL_SEEKS = 200;
const SEEKS = `${ARRAY_RECORD.name}, seek and read`;
const CHUNK_BYTES = 1024 * 1024;

/** Records one by one at random. Of larger groups a single record is a chunk to decode, unless it is in the cache. */
export function get(layout: Layout): BenchCase {
  return {
    ...named(layout, "get", "random records one by one"),
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const count = countOf(context);
      const path = await arrayRecordFile(context.cache, "lorem", count, optionsOf(layout));
      const indices = randomIndices(READS, count, 7);
      const reader = await ArrayRecordReader.open(path);
      const places = indices.map((i) => reader.locateSync(i));
      const few = indices.slice(0, RIVAL_READS);
      const rival = theirs(context, few.length, { job: "get", path, indices: few });
      const fewer = few.slice(0, RIVAL_SEEKS);
      const seeks = theirs(context, fewer.length, { job: "seek", path, indices: fewer });
      const file = openSync(path, "r");
      const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const floor = (): void => {
        for (const { start, end } of places) readSync(file, buffer, 0, end - start, start);
      };
      const now = (): void => {
        for (const index of indices) reader.getSync(index);
      };
      const soon = async (): Promise<void> => {
        for (const index of indices) await reader.get(index);
      };
      return {
        variants: [
          { name: "readSync", role: "floor", round: () => nsPerRecord(READS, floor) },
          { name: "getSync", role: "ours", round: () => nsPerRecord(READS, now) },
          { name: "await get", role: "ours", round: () => nsPerRecordAsync(READS, soon) },
          ...rival.variants,
          ...seeks.variants.map((variant) => ({ ...variant, name: SEEKS })),
        ],
        goals:
          layout.group === 1
            ? [
                ...beside(["getSync", "await get"], 10),
                { variant: "getSync", against: SEEKS, atLeast: 10 },
              ]
            : [],
        async close() {
          rival.close();
          seeks.close();
          closeSync(file);
          await reader.close();
        },
      };
    },
  };
}

/** All records at once, in random order. */
export function batch(layout: Layout): BenchCase {
  return {
    ...named(layout, "batch", "all records in random order at once"),
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const count = countOf(context);
      const path = await arrayRecordFile(context.cache, "lorem", count, optionsOf(layout));
      const indices = shuffled(count, 11);
      const reader = await ArrayRecordReader.open(path);
      const rival = theirs(context, count, { job: "batch", path, indices });
      const floor = (): void => readThrough(path);
      const now = (): void => {
        reader.getManySync(indices);
      };
      const soon = async (): Promise<void> => {
        await reader.getMany(indices);
      };
      return {
        variants: [
          { name: "readSync", role: "floor", round: () => nsPerRecord(count, floor) },
          { name: "getManySync", role: "ours", round: () => nsPerRecord(count, now) },
          { name: "await getMany", role: "ours", round: () => nsPerRecordAsync(count, soon) },
          ...rival.variants,
        ],
        goals: beside(["getManySync", "await getMany"], 1),
        async close() {
          rival.close();
          await reader.close();
        },
      };
    },
  };
}

/** All records in order. */
export function iterate(layout: Layout): BenchCase {
  return {
    ...named(layout, "iterate", "all records in order"),
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const count = countOf(context);
      const path = await arrayRecordFile(context.cache, "lorem", count, optionsOf(layout));
      const reader = await ArrayRecordReader.open(path);
      const rival = theirs(context, count, { job: "iterate", path, records: count });
      const floor = (): void => readThrough(path);
      let bytes = 0;
      const now = (): void => {
        for (const record of reader) bytes += record.length;
      };
      const soon = async (): Promise<void> => {
        for await (const record of reader) bytes += record.length;
      };
      return {
        variants: [
          { name: "readSync", role: "floor", round: () => nsPerRecord(count, floor) },
          { name: "for of", role: "ours", round: () => nsPerRecord(count, now) },
          { name: "for await", role: "ours", round: () => nsPerRecordAsync(count, soon) },
          ...rival.variants,
        ],
        goals: beside(["for of", "for await"], 1),
        async close() {
          if (bytes === 0) throw new Error("no record was read");
          rival.close();
          await reader.close();
        },
      };
    },
  };
}
