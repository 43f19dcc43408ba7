import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import type { Compression } from "../../src/codecs/codec.ts";
import { defaultCodecs, prepareCodecs } from "../../src/codecs/prepared.ts";
import { ChunkType } from "../../src/framing/chunk-header.ts";
import { decodeTransposed } from "../../src/transposed/decode-transposed.ts";
import { encodeTransposed } from "../../src/transposed/encode-transposed.ts";
import { corpus, manyFields } from "../support/corpus.ts";
import { Dice } from "../support/dice.ts";
import { type Body, framedFile, transposedBodies } from "../support/framed-file.ts";
import { chunkOf, recordsOf } from "../support/records.ts";
import { property } from "../support/seed.ts";

// The original C++ and this package, each reading the transposed chunks that the other wrote.

const python = Python.with("array-record", ["array-record==0.8.6"]);
console.log(`array-record ${python.version("array-record")}, NTHREC_SEED=${property.seed}`);

/** Writes each job's records with the original; a file of records is 4 bytes of length before each. */
const WRITE = `
import json, struct, sys
from array_record.python import array_record_module
for job in json.load(open(sys.argv[1])):
    data = open(job["records"], "rb").read()
    writer = array_record_module.ArrayRecordWriter(job["theirs"], job["options"])
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        writer.write(data[at + 4 : at + 4 + length])
        at += 4 + length
    writer.close()
`;

/** Prints a digest of what the original reads in each of our files. */
const READ = `
import hashlib, json, struct, sys
from array_record.python import array_record_module
digests = []
for job in json.load(open(sys.argv[1])):
    reader = array_record_module.ArrayRecordReader(job["ours"])
    digest = hashlib.sha256()
    for record in reader.read_all():
        digest.update(struct.pack("<I", len(record)) + record)
    digests.append([reader.num_records(), digest.hexdigest()])
    reader.close()
print(json.dumps(digests))
`;

interface Job {
  readonly records: string;
  readonly theirs: string;
  readonly ours: string;
  readonly options: string;
}

const CODECS = ["uncompressed", "brotli", "zstd", "snappy"];
const RUNS = 160;

const folder = mkdtempSync(join(tmpdir(), "nthrec-transposed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(prepareCodecs);

const dice = new Dice(property.seed);
const sets = Array.from({ length: RUNS }, (_, i) => {
  const wide = [70, 500, 6000][i];
  const records = wide === undefined ? corpus(dice) : manyFields(dice, wide);
  // Half of the sets are never compressed: there every byte must agree.
  const codec = i < RUNS / 2 ? "uncompressed" : (CODECS[i % 4] as string);
  const group = dice.pick([1, 7, 100, 10_000]);
  const bucket = dice.pick([1, 256, 5000, undefined]);
  return { records, codec, group, bucket };
});
const jobs: Job[] = sets.map(({ codec, group, bucket }, i) => ({
  records: join(folder, `${i}.records`),
  theirs: join(folder, `${i}.theirs`),
  ours: join(folder, `${i}.ours`),
  options: `group_size:${group},transpose,${codec},transpose_bucket_size:${bucket ?? "auto"}`,
}));
const list = join(folder, "jobs.json");

/** Records with their lengths before them. */
function lengthDelimited(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    records.flatMap((record) => {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(record.length);
      return [head, record];
    }),
  );
}

/** The chunks that this package makes of a set of records. */
function ourBodies({ records, codec, group, bucket }: (typeof sets)[number]): Body[] {
  const compression = (codec === "uncompressed" ? "none" : codec) as Compression;
  const level = { none: undefined, brotli: 6, zstd: 3, snappy: undefined }[compression];
  const bodies: Body[] = [];
  for (let start = 0; start < records.length; start += group) {
    const chunk = chunkOf(records.slice(start, start + group));
    const options = { level, bucketSize: bucket ?? Infinity };
    bodies.push({
      type: ChunkType.transposed,
      numRecords: chunk.ends.length,
      decodedDataSize: chunk.bytes.length,
      data: encodeTransposed(chunk, compression, defaultCodecs, options),
    });
  }
  return bodies;
}

describe("transposed chunks and the original", () => {
  beforeAll(() => {
    writeFileSync(list, JSON.stringify(jobs));
    for (const [i, { records }] of sets.entries()) {
      writeFileSync((jobs[i] as Job).records, lengthDelimited(records));
    }
    python.run(WRITE, list);
  });

  test.each(jobs.map(({ options }, i) => ({ i, options })))(
    "set $i, $options: its chunks are read, and ours are the same",
    ({ i }) => {
      const set = sets[i] as (typeof sets)[number];
      const theirs = transposedBodies(new Uint8Array(readFileSync((jobs[i] as Job).theirs)));
      const read = theirs.flatMap((body) =>
        recordsOf(decodeTransposed(body, body.data, defaultCodecs)),
      );
      expect(Buffer.compare(lengthDelimited(read), lengthDelimited(set.records))).toBe(0);
      const ours = ourBodies(set);
      writeFileSync((jobs[i] as Job).ours, framedFile(ours));
      expect(ours.map(({ numRecords }) => numRecords)).toEqual(
        theirs.map(({ numRecords }) => numRecords),
      );
      if (set.codec === "uncompressed") {
        for (const [k, { data }] of ours.entries()) {
          expect(Buffer.compare(data, (theirs[k] as Body).data), `chunk ${k}`).toBe(0);
        }
      }
    },
  );

  test("our chunks are read by the original", () => {
    const expected = sets.map(({ records }) => [
      records.length,
      createHash("sha256").update(lengthDelimited(records)).digest("hex"),
    ]);
    expect(python.json(READ, list)).toEqual(expected);
  });

  test.each(CODECS)("%s: our chunks are as large as its chunks", (codec) => {
    let ours = 0;
    let theirs = 0;
    for (const [i, set] of sets.entries()) {
      if (set.codec !== codec) continue;
      for (const { data } of ourBodies(set)) ours += data.length;
      const file = new Uint8Array(readFileSync((jobs[i] as Job).theirs));
      for (const { data } of transposedBodies(file)) theirs += data.length;
    }
    console.log(`${codec}: ${ours} bytes, the original ${theirs}: ${(ours / theirs).toFixed(4)}`);
    expect(ours / theirs).toBeLessThan(1.02);
  });
});
