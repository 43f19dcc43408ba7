import { join } from "node:path";
import { ArrayRecordReader, ArrayRecordWriter } from "@nthrec/arrayrecord";
import { arrayRecordFile, plainRecords } from "../data/array-records.ts";
import { shuffled } from "../data/random.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { passedPerRecord } from "../harness/clock.ts";
import { countOf, LAYOUTS, type Layout, named, optionsOf } from "./arrayrecord-layouts.ts";

const THREADS = [0, 1, 2];

function variants(count: number, job: (threads: number) => Promise<void>): Variant[] {
  return THREADS.map((threads) => ({
    name: threads === 0 ? "no threads" : `threads: ${threads}`,
    role: "ours",
    round: () => passedPerRecord(count, () => job(threads)),
  }));
}

/** Writing, by the time that passes. */
function write(layout: Layout): BenchCase {
  return {
    ...named(layout, "threads-write", "write with threads, time that passes"),
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const values = await plainRecords(context.cache, "lorem", countOf(context));
      const path = join(context.scratch, "file.array_record");
      const job = async (threads: number): Promise<void> => {
        const options = { optionString: optionsOf(layout), threads };
        await using writer = await ArrayRecordWriter.open(path, options);
        await writer.extend(values);
      };
      return { variants: variants(values.length, job), goals: [], close() {} };
    },
  };
}

/** Reading everything in random order, by the time that passes. */
function read(layout: Layout): BenchCase {
  return {
    ...named(layout, "threads-batch", "getMany with threads, time that passes"),
    unit: "ns/record",
    async prepare(context): Promise<Prepared> {
      const count = countOf(context);
      const path = await arrayRecordFile(context.cache, "lorem", count, optionsOf(layout));
      const indices = shuffled(count, 11);
      const job = async (threads: number): Promise<void> => {
        await using reader = await ArrayRecordReader.open(path, { threads });
        await reader.getMany(indices);
      };
      return { variants: variants(count, job), goals: [], close() {} };
    },
  };
}

const slow = LAYOUTS.filter(({ codec }) => codec === "zstd" || codec === "brotli");

/** What worker threads are worth, where there is much to do. */
export const threadCases: readonly BenchCase[] = [...slow.map(write), ...slow.map(read)];
