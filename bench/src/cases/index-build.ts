import { linkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { JsonlReader } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import { lineOffsets, writeOffsets } from "../floors/index-loop.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

/** Finding every record of a file that has no index, and publishing the index. */
export const indexBuild: BenchCase = {
  name: "index-build",
  title: "build and publish an index",
  unit: "ns/record",

  async prepare({ records, cache, scratch, rival }): Promise<Prepared> {
    const path = join(scratch, "events.jsonl");
    linkSync(eventLines(cache, records), path);
    const index = `${path}.idx`;
    const variants: Variant[] = [
      {
        name: "indexOf loop",
        role: "floor",
        round: () =>
          nsPerRecord(records, () => {
            const { words, count } = lineOffsets(path);
            writeOffsets(join(scratch, "floor.idx"), words, count);
          }),
      },
      {
        name: "openSync",
        role: "ours",
        round: () => {
          rmSync(index, { force: true });
          return nsPerRecord(records, () => JsonlReader.openSync(path).closeSync());
        },
      },
      {
        name: "open",
        role: "ours",
        round: () => {
          rmSync(index, { force: true });
          return nsPerRecordAsync(records, async () => (await JsonlReader.open(path)).close());
        },
      },
    ];
    if (rival) {
      variants.push({
        name: rival.name,
        role: "rival",
        round: async () => ((await rival.seconds({ job: "build", path })) * 1e9) / records,
      });
    }
    return {
      variants,
      goals: ["openSync", "open"].flatMap((variant) => [
        { variant, against: "indexOf loop", atLeast: 0.6 },
        { variant, against: "megstore", atLeast: 50 },
      ]),
      close() {},
    };
  },
};
