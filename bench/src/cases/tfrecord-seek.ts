import { statSync } from "node:fs";
import { formatTFRecordIndex, readTFRecords, TFRecordReader } from "@nthrec/tfrecord";
import { exampleFile } from "../data/examples.ts";
import type { BenchCase, Prepared } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

const READS = 1000;
const PLACE = 0.9;

/** What an index is worth: one record far behind, by number, and by reading all before it. */
function seek(name: string, count: number, image: number): BenchCase {
  return {
    name: `tfrecord-seek-${name}`,
    title: `TFRecord: one record of ${count.toLocaleString("en")}, nine tenths into the file`,
    unit: "ns/record",
    async prepare({ cache }): Promise<Prepared> {
      const path = exampleFile(cache, count, image);
      const noted = await sizes(path);
      const wanted = Math.floor(count * PLACE);
      const reader = await TFRecordReader.open(path, { index: "memory" });
      const byNumber = (): void => {
        for (let i = 0; i < READS; i++) reader.getSync(wanted);
      };
      const forOf = (): void => {
        let index = 0;
        for (const _ of reader) if (index++ === wanted) return;
      };
      const stream = async (): Promise<void> => {
        let index = 0;
        for await (const _ of readTFRecords(path)) if (index++ === wanted) return;
      };
      return {
        variants: [
          { name: "getSync", role: "ours", round: () => nsPerRecord(READS, byNumber) },
          { name: "for of, up to it", role: "ours", round: () => nsPerRecord(1, forOf) },
          {
            name: "readTFRecords, up to it",
            role: "ours",
            round: () => nsPerRecordAsync(1, stream),
          },
        ],
        goals: [],
        notes: () => [noted],
        close: () => reader.close(),
      };
    },
  };
}

async function sizes(path: string): Promise<string> {
  await using reader = await TFRecordReader.open(path, { index: "memory" });
  const places = Array.from({ length: reader.length }, (_, i) => reader.locateSync(i));
  const text = formatTFRecordIndex(places.map(({ start, end }) => [start, end - start]));
  const share = (bytes: number): string => `${((100 * bytes) / statSync(path).size).toFixed(2)} %`;
  return `an index takes ${share(8 * reader.length)} of the data, DALI's ${share(text.length)}`;
}

export const seekCases: readonly BenchCase[] = [
  seek("few", 1000, 5930),
  seek("many", 100_000, 930),
  seek("small", 1_000_000, 58),
];
