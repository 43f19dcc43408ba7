import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  createTFRecordIndex,
  encodeExample,
  formatTFRecordIndex,
  readTFRecordIndex,
  TFRecordWriter,
} from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";
import { pathOf, plainFiles } from "../support/vectors.ts";

// NVIDIA DALI: its script makes the index that we make, and its reader reads our files by it.

const python = Python.with("dali", ["nvidia-dali-cuda120"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`nvidia-dali ${python.version("nvidia-dali-cuda120")}, NTHREC_SEED=${seed}`);

/** The text that DALI's own script writes. */
function tfrecord2idx(path: string): string {
  const index = join(tempFolder(), "index");
  python.script("tfrecord2idx", path, index);
  return readFileSync(index, "latin1");
}

/** Prints the labels and texts that DALI's reader delivers, in its order. */
const READ = `
import json, sys
from nvidia.dali import fn, pipeline_def
import nvidia.dali.tfrecord as tfrec
path, index, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
@pipeline_def(batch_size=count, num_threads=1, device_id=None)
def pipeline():
    found = fn.readers.tfrecord(path=path, index_path=index, features={
        "label": tfrec.FixedLenFeature([1], tfrec.int64, -1),
        "text": tfrec.FixedLenFeature((), tfrec.string, "")})
    return found["label"], found["text"]
pipe = pipeline()
pipe.build()
labels, texts = pipe.run()
print(json.dumps([[int(labels.at(i)[0]) for i in range(count)],
                  [bytes(texts.at(i)).hex() for i in range(count)]]))
`;

const sound = plainFiles.filter(({ file }) => !file.startsWith("damaged/"));

test.each(sound)("$file: our index is the one of tfrecord2idx, byte for byte", async (vector) => {
  const index = join(tempFolder(), "index");
  expect(await createTFRecordIndex(pathOf(vector), index)).toBe(vector.tf_records);
  expect(readFileSync(index, "latin1")).toBe(tfrecord2idx(pathOf(vector)));
});

test("DALI reads our records by our index, all of them and a selection in another order", async () => {
  const texts = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 50 }), { seed, numRuns: 200 });
  const path = join(tempFolder(), "data.tfrecord");
  {
    using writer = TFRecordWriter.openSync(path);
    writer.extendSync(
      texts.map((text, i) => encodeExample({ label: { int64s: [i] }, text: { bytes: [text] } })),
    );
  }
  await createTFRecordIndex(path);
  const all = await readTFRecordIndex(`${path}.idx`);
  const order = fc.sample(fc.nat(texts.length - 1), { seed, numRuns: 100 });
  const selection = join(tempFolder(), "selection.idx");
  writeFileSync(selection, formatTFRecordIndex(order.map((i) => all[i] as (typeof all)[0])));
  const hex = (i: number): string => Buffer.from(texts[i] as Uint8Array).toString("hex");
  for (const [index, numbers] of [
    [`${path}.idx`, [...texts.keys()]],
    [selection, order],
  ] as const) {
    const found = python.json(READ, path, index, String(numbers.length));
    expect(found).toStrictEqual([numbers, numbers.map(hex)]);
  }
});
