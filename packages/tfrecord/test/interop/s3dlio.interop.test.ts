import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  createTFRecordIndex,
  formatTFRecordIndex,
  getTFRecordIndexEntries,
  indexTFRecordBytes,
  readTFRecordIndex,
  TFRecordReader,
  TFRecordWriter,
} from "../../src/index.ts";
import { tempFolder } from "../support/temp.ts";
import { pathOf, plainFiles } from "../support/vectors.ts";

// s3dlio makes the index that we make, reads ours and the records that it tells, and writes the records that we write.

const python = Python.with("s3dlio", ["s3dlio"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`s3dlio ${python.version("s3dlio")}, NTHREC_SEED=${seed}`);

/** Prints what its verbs make of each file: how many records its index has, the text, the entries. */
const INDEX = `
import json, s3dlio, sys
answers = []
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    count = s3dlio.create_tfrecord_index(path, path + ".theirs")
    answers.append([count, s3dlio.index_tfrecord_bytes(data), s3dlio.get_tfrecord_index_entries(data)])
print(json.dumps(answers))
`;

/** Prints the payloads that an index tells, each read as a range of the file. */
const READ = `
import json, s3dlio, sys
path, index = sys.argv[1:]
entries = s3dlio.read_tfrecord_index(index)
frames = [bytes(s3dlio.get_range("file://" + path, offset, size)) for offset, size in entries]
print(json.dumps([frame[12:-4].hex() for frame in frames]))
`;

/** Has it write files of one record each, of random bytes. */
const WRITE = `
import s3dlio, sys
s3dlio.put("file://" + sys.argv[1] + "/", 3, template="{}.tfrecord", size=int(sys.argv[2]), object_type="tfrecord")
`;

const sound = plainFiles.filter(
  ({ file, tf_records }) => !file.startsWith("damaged/") && tf_records > 0,
);

function ours(records: readonly Uint8Array[]): string {
  const path = join(tempFolder(), "data.tfrecord");
  using writer = TFRecordWriter.openSync(path);
  writer.extendSync(records);
  return path;
}

const sets = fc.sample(
  fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 100 }),
  { seed, numRuns: 20 },
);

test("its index of a file is ours, byte for byte, by each of its verbs", () => {
  const copies = sound.map((vector) => {
    const path = join(tempFolder(), "data.tfrecord");
    copyFileSync(pathOf(vector), path);
    return path;
  });
  const paths = [...copies, ...sets.map(ours)];
  expect(copies.length).toBeGreaterThan(10);
  const answers = python.json(INDEX, ...paths) as [number, string, unknown][];
  expect(answers.length).toBe(paths.length);
  for (const [i, [count, text, entries]] of answers.entries()) {
    const data = readFileSync(paths[i] as string);
    expect(text).toBe(indexTFRecordBytes(data));
    expect(readFileSync(`${paths[i]}.theirs`, "latin1")).toBe(text);
    expect(entries).toEqual(getTFRecordIndexEntries(data));
    expect(count).toBe(getTFRecordIndexEntries(data).length);
  }
});

test("it reads our records by our index, in any order, and we by its", async () => {
  for (const records of sets.slice(0, 5)) {
    const path = ours(records);
    await createTFRecordIndex(path);
    const order = fc.sample(fc.nat(records.length - 1), { seed, numRuns: 30 });
    const all = await readTFRecordIndex(`${path}.idx`);
    const selection = join(tempFolder(), "selection.idx");
    writeFileSync(selection, formatTFRecordIndex(order.map((i) => all[i] as (typeof all)[0])));
    const hex = (i: number): string => Buffer.from(records[i] as Uint8Array).toString("hex");
    expect(python.json(READ, path, `${path}.idx`)).toEqual([...records.keys()].map(hex));
    expect(python.json(READ, path, selection)).toEqual(order.map(hex));
    python.json(INDEX, path);
    const entries = await readTFRecordIndex(`${path}.theirs`);
    using reader = TFRecordReader.openSync(path, { entries });
    expect([...reader].map((record) => Buffer.from(record).toString("hex"))).toEqual(
      [...records.keys()].map(hex),
    );
  }
});

test("we read what it writes, checksums included, and write the same bytes", () => {
  const folder = tempFolder();
  python.run(WRITE, folder, "5000");
  const files = readdirSync(folder).filter((name) => name.endsWith(".tfrecord"));
  expect(files.length).toBe(3);
  for (const file of files) {
    const path = join(folder, file);
    using reader = TFRecordReader.openSync(path, { index: "memory" });
    const records = [...reader];
    expect(records.length).toBe(1);
    expect(records[0]?.length).toBeGreaterThanOrEqual(5000);
    expect(Buffer.compare(readFileSync(ours(records)), readFileSync(path))).toBe(0);
  }
});
