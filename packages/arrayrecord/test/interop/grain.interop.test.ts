import { join } from "node:path";
import { expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { ArrayRecordWriter } from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";

// Grain, which is what reads most ArrayRecord files, loads ours by its own data source.

const python = Python.with("grain", ["grain", "array-record"]);
console.log(`grain ${python.version("grain")}`);

/** Reads by number, in a batch, shuffled for an epoch, and a slice of one file. */
const PROGRAM = `
import json, sys
import grain.python as grain
paths = sys.argv[1:]
source = grain.ArrayRecordDataSource(paths)
batch = [7, 0, 7, len(source) - 1]
epoch = grain.MapDataset.source(source).shuffle(seed=42).map(lambda record: record.decode())
part = grain.ArrayRecordDataSource(paths[0] + "[2:5]")
print(json.dumps({
    "length": len(source),
    "all": [source[i].decode() for i in range(len(source))],
    "batch": [record.decode() for record in source.__getitems__(batch)],
    "epoch": sorted(epoch[i] for i in range(len(epoch))),
    "part": [part[i].decode() for i in range(len(part))],
}))
`;

const OPTIONS = ["", "uncompressed", "brotli", "snappy", "transpose,zstd:1"];

test.each(OPTIONS)("Grain's data source reads files of %j, appended to", async (options) => {
  const folder = tempFolder();
  const names = Array.from({ length: 120 }, (_, i) => `record ${i} ${"x".repeat((i * 7) % 90)}`);
  const paths = [0, 1].map((shard) => join(folder, `rows.array_record-0000${shard}-of-00002`));
  for (const [shard, path] of paths.entries()) {
    const mine = names.slice(60 * shard, 60 * shard + 60).map((name) => Buffer.from(name));
    const first = await ArrayRecordWriter.open(path, { optionString: options });
    await first.extend(mine.slice(0, 25));
    await first.close();
    const second = await ArrayRecordWriter.open(path, { mode: "append" });
    await second.extend(mine.slice(25));
    await second.close();
  }
  expect(python.json(PROGRAM, ...paths)).toEqual({
    length: 120,
    all: names,
    batch: [7, 0, 7, 119].map((i) => names[i]),
    epoch: [...names].sort(),
    part: names.slice(2, 5),
  });
});
