import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { encodeExample, TFRecordReader, TFRecordWriter } from "../../src/index.ts";
import { featureMap } from "../support/arbitrary-example.ts";
import { tempFolder } from "../support/temp.ts";

// tfd-utils reads what we write, by key, and by the places that its own index holds: where the frame begins, and the length of the payload.

const python = Python.with("tfd-utils", ["tfd-utils"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`tfd-utils ${python.version("tfd-utils")}, NTHREC_SEED=${seed}`);

/** Prints where its index says that each record lies, and what it reads under each key. */
const READ = `
import contextlib, json, sys
from tfd_utils.random_access import TFRecordRandomAccess
with contextlib.redirect_stdout(sys.stderr):
    reader = TFRecordRandomAccess(sys.argv[1], use_multiprocessing=False)
    keys = sorted(reader.get_keys())
    found = {key: reader.get_record(key).SerializeToString(deterministic=True).hex() for key in keys}
    places = {key: [entry["offset"], entry["length"]] for key, entry in reader.index.items()}
print(json.dumps([found, places]))
`;

test("tfd-utils finds every record of ours by its key, where our index says that it lies", () => {
  const features = fc.sample(featureMap, { seed, numRuns: 500 });
  const records = features.map((each, i) =>
    encodeExample(new Map([...each, ["key", { bytes: [`record ${i}`] }]])),
  );
  const path = join(tempFolder(), "data.tfrecord");
  {
    using writer = TFRecordWriter.openSync(path);
    writer.extendSync(records);
  }
  const [found, places] = python.json(READ, path) as [
    Record<string, string>,
    Record<string, [number, number]>,
  ];
  expect(Object.keys(found).length).toBe(records.length);
  using reader = TFRecordReader.openSync(path);
  for (const [i, record] of records.entries()) {
    const key = `record ${i}`;
    expect(found[key]).toBe(Buffer.from(record).toString("hex"));
    const { start, end } = reader.locateSync(i);
    expect(places[key]).toStrictEqual([start, end - start - 16]);
  }
});
