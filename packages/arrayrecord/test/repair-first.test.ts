import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ArrayRecordReader, ArrayRecordWriter } from "../src/index.ts";
import { fileNamed } from "./support/file-vectors.ts";
import { tempFolder } from "./support/temp.ts";

// A file of its own, with one test: nothing may have loaded a codec before.

test("a repair is the first thing that a process does with compressed files", async () => {
  const vector = fileNamed("v4_group100_zstd");
  const path = join(tempFolder(), "damaged.array_record");
  const to = join(tempFolder(), "repaired.array_record");
  const damaged = vector.bytes.slice();
  const [, hit] = vector.chunks.filter(({ num_records }) => num_records === 100);
  if (hit === undefined) throw new Error("too few chunks");
  // The last byte of the data of the second chunk with records.
  damaged[hit.end - 1] = 1 ^ (damaged[hit.end - 1] as number);
  writeFileSync(path, damaged);
  const report = await ArrayRecordWriter.repair(path, { to });
  const kept = vector.values.filter((_, i) => i < 100 || i >= 200);
  expect(report.kept).toBe(900);
  await using reader = await ArrayRecordReader.open(to);
  expect(await reader.getMany(kept.keys())).toEqual(kept);
});
