import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  decodeExample,
  encodeExample,
  type Feature,
  TFRecordReader,
  TFRecordWriter,
} from "../../src/index.ts";
import { featureMap } from "../support/arbitrary-example.ts";
import { tempFolder } from "../support/temp.ts";

// TensorFlow and this package, each reading what the other wrote.

const python = Python.with("tensorflow", ["tensorflow-cpu==2.21.0"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`tensorflow-cpu ${python.version("tensorflow-cpu")}, NTHREC_SEED=${seed}`);

const RUNS = 2000;

/** Prints how many records TensorFlow reads, and a digest of them. */
const READ = `
import hashlib, json, struct, sys
import tensorflow as tf
digest, count = hashlib.sha256(), 0
for record in tf.data.TFRecordDataset(sys.argv[1]).as_numpy_iterator():
    digest.update(struct.pack("<Q", len(record)) + record)
    count += 1
print(json.dumps([count, digest.hexdigest()]))
`;

/** Writes the records of a file again. */
const COPY = `
import sys
import tensorflow as tf
with tf.io.TFRecordWriter(sys.argv[2]) as writer:
    for record in tf.data.TFRecordDataset(sys.argv[1]).as_numpy_iterator(): writer.write(record)
`;

/** Prints the numbers of the Examples that TensorFlow would write otherwise. */
const REWRITE = `
import json, sys
import tensorflow as tf
different = []
for i, record in enumerate(tf.data.TFRecordDataset(sys.argv[1]).as_numpy_iterator()):
    example = tf.train.Example.FromString(record)
    if example.SerializeToString(deterministic=True) != record: different.append(i)
print(json.dumps(different))
`;

/** Writes what protobuf makes of each record: null where it refuses it. */
const DECODE = `
import json, struct, sys
import tensorflow as tf
from google.protobuf.message import DecodeError
def shown(feature):
    kind = feature.WhichOneof("kind")
    if kind == "bytes_list": return [kind, [value.hex() for value in feature.bytes_list.value]]
    if kind == "float_list": return [kind, [struct.pack("<f", value).hex() for value in feature.float_list.value]]
    if kind == "int64_list": return [kind, [str(value) for value in feature.int64_list.value]]
    return None
with open(sys.argv[2], "w") as out:
    all = []
    for record in tf.data.TFRecordDataset(sys.argv[1]).as_numpy_iterator():
        try:
            features = tf.train.Example.FromString(record).features.feature
            all.append(sorted([name.encode().hex(), shown(features[name])] for name in features))
        except DecodeError:
            all.append(None)
    json.dump(all, out)
`;

function fresh(
  records: Iterable<Uint8Array>,
  mode: "write" | "append" = "write",
  path = join(tempFolder(), "data.tfrecord"),
): string {
  using writer = TFRecordWriter.openSync(path, { mode });
  writer.extendSync(records);
  return path;
}

function summary(records: readonly Uint8Array[]): [number, string] {
  const digest = createHash("sha256");
  for (const record of records) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(record.length));
    digest.update(length).update(record);
  }
  return [records.length, digest.digest("hex")];
}

/** Records of 0 bytes to 1 MB, small ones as often as large ones. */
function records(count: number): Uint8Array[] {
  const exponent = fc.double({ min: 0, max: 6, noNaN: true });
  return fc
    .sample(fc.tuple(exponent, fc.nat(255)), { seed, numRuns: count })
    .map(([e, byte], i) => {
      const bytes = new Uint8Array(Math.floor(10 ** e) - 1);
      for (let k = 0; k < bytes.length; k += 97) bytes[k] = byte + k + i;
      return bytes;
    });
}

test("TensorFlow reads what we write and append, and we read what it writes", () => {
  const list = records(2000);
  const path = fresh(list.slice(0, 1200));
  fresh(list.slice(1200), "append", path);
  expect(python.json(READ, path)).toStrictEqual(summary(list));
  const copy = `${path}.copy`;
  python.run(COPY, path, copy);
  using reader = TFRecordReader.openSync(copy);
  expect(summary([...reader])).toStrictEqual(summary(list));
  using ours = TFRecordReader.openSync(path);
  expect(ours.locateSync(1999)).toStrictEqual(reader.locateSync(1999));
});

test("encodeExample gives TensorFlow's bytes", () => {
  const examples = fc.sample(featureMap, { seed, numRuns: RUNS }).map(encodeExample);
  expect(python.json(REWRITE, fresh(examples))).toStrictEqual([]);
});

test("decodeExample agrees with TensorFlow's protobuf on damaged Examples", () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.nat(40)), fc.nat(3));
  const damaged = fc
    .tuple(featureMap, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([features, changes]) => {
      const record = [...encodeExample(features)];
      for (const [place, byte, how] of changes) {
        const at = place % (record.length + 1);
        if (how === 0) record.splice(at, 1);
        else if (how === 1) record.splice(at, 0, byte);
        else record[at] = byte;
      }
      return Uint8Array.from(record);
    });
  const list = fc.sample(damaged, { seed, numRuns: RUNS });
  const path = fresh(list);
  python.run(DECODE, path, `${path}.json`);
  const theirs = python.json(`import sys; print(open(sys.argv[1]).read())`, `${path}.json`);
  const ours = list.map(shown);
  expect(ours.filter((each) => each !== null).length).toBeGreaterThan(RUNS / 10);
  for (const [i, each] of (theirs as unknown[]).entries()) {
    expect(ours[i], Buffer.from(list[i] as Uint8Array).toString("hex")).toStrictEqual(each);
  }
});

function shown(record: Uint8Array): unknown {
  try {
    const found = Array.from(decodeExample(record, { check: true }), ([name, feature]) => [
      Buffer.from(name).toString("hex"),
      shownFeature(feature),
    ]);
    return found.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
  } catch {
    return null;
  }
}

function shownFeature(feature: Feature): unknown {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  if (feature.kind === "bytes") return ["bytes_list", feature.bytes().map(hex)];
  if (feature.kind === "int64") return ["int64_list", Array.from(feature.bigints(), String)];
  if (feature.kind === "none") return null;
  const words = Array.from(
    feature.floats(),
    (value) => new Uint8Array(Float32Array.of(value).buffer),
  );
  return ["float_list", words.map(hex)];
}

test("TensorFlow's verdict on stray bytes is the one that our documentation gives", () => {
  const path = fresh([new Uint8Array(5)]);
  for (const size of [1, 11]) {
    const torn = `${path}.${size}`;
    using reader = TFRecordReader.openSync(path);
    writeFileSync(torn, Buffer.concat([reader.getBytesSync(0), Buffer.alloc(size)]));
    using ignoring = TFRecordReader.openSync(torn, { tail: "ignore" });
    expect(python.json(READ, torn)).toStrictEqual(summary([...ignoring]));
  }
});
