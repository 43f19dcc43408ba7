import { createHash } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemorySink } from "@nthrec/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import {
  decodeExample,
  encodeExample,
  type Feature,
  readTFRecords,
  TFRecordReader,
  TFRecordStreamWriter,
  TFRecordWriter,
} from "../../src/index.ts";
import { featureMap } from "../support/arbitrary-example.ts";
import { tempFolder } from "../support/temp.ts";

// TensorFlow and this package, each reading what the other wrote.

const python = Python.with("tensorflow", ["tensorflow-cpu==2.21.0"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`tensorflow-cpu ${python.version("tensorflow-cpu")}, NTHREC_SEED=${seed}`);

const RUNS = 2000;
const RECORDS = Number(process.env["NTHREC_RECORDS"] ?? 100_000);

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

/** The same, and writes the records again. */
const COPY = `
import hashlib, json, struct, sys
import tensorflow as tf
digest, count = hashlib.sha256(), 0
with tf.io.TFRecordWriter(sys.argv[2]) as writer:
    for batch in tf.data.TFRecordDataset(sys.argv[1], buffer_size=1 << 20).batch(64).as_numpy_iterator():
        for record in batch:
            digest.update(struct.pack("<Q", len(record)) + record)
            writer.write(record)
            count += 1
print(json.dumps([count, digest.hexdigest()]))
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

/** Count and digest of records, as TensorFlow's are taken. */
class Summary {
  #digest = createHash("sha256");
  #count = 0;
  readonly #length = Buffer.alloc(8);

  add(record: Uint8Array): void {
    this.#length.writeBigUInt64LE(BigInt(record.length));
    this.#digest.update(this.#length).update(record);
    this.#count++;
  }

  /** What came since the last time. */
  take(): [number, string] {
    const taken: [number, string] = [this.#count, this.#digest.digest("hex")];
    this.#digest = createHash("sha256");
    this.#count = 0;
    return taken;
  }
}

function summary(list: Iterable<Uint8Array>): [number, string] {
  const sum = new Summary();
  for (const record of list) sum.add(record);
  return sum.take();
}

/** The next `count` of an iterator, which goes on behind them. */
function* first<T>(list: Iterator<T>, count: number): Generator<T> {
  for (let i = 0; i < count; i++) yield list.next().value;
}

/** A generator of numbers below 2^32 (xorshift): fast-check's would take longer than all the rest. */
function numbers(): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Records of log-uniform size: a tenth of them from 0 bytes to 1 MB, the others to 10 KB, so that 100,000 of them stay
 * below 1 GB.
 */
function* records(count: number): Generator<Uint8Array> {
  const next = numbers();
  const pool = Uint32Array.from({ length: 600_000 }, next);
  for (let i = 0; i < count; i++) {
    const size = Math.floor(10 ** ((next() / 2 ** 32) * (i % 10 === 0 ? 6 : 4))) - 1;
    yield new Uint8Array(pool.buffer, next() % 1_000_000, size);
  }
}

/** The same records as they pass by, summed as TensorFlow's are. */
function* summed(list: Iterable<Uint8Array>, sum: Summary): Generator<Uint8Array> {
  for (const record of list) {
    sum.add(record);
    yield record;
  }
}

test("TensorFlow reads what we write and append, and we read what it writes", () => {
  const sum = new Summary();
  const path = join(tempFolder(), "data.tfrecord");
  const list = records(RECORDS);
  // What the first writer takes of the list is all that is summed then.
  fresh(summed(first(list, RECORDS / 2), sum), "write", path);
  fresh(summed(list, sum), "append", path);
  expect(statSync(path).size).toBeLessThan(1e9);
  const ours = sum.take();
  expect(ours[0]).toBe(RECORDS);
  const copy = `${path}.copy`;
  expect(python.json(COPY, path, copy)).toStrictEqual(ours);
  using reader = TFRecordReader.openSync(copy);
  for (const record of reader) sum.add(record);
  expect(sum.take()).toStrictEqual(ours);
  using original = TFRecordReader.openSync(path);
  const last = RECORDS - 1;
  expect(original.locateSync(last)).toStrictEqual(reader.locateSync(last));
});

/** Prints what TensorFlow reads of a compressed file, and writes its records again, compressed. */
const COMPRESSED = `
import hashlib, json, struct, sys
import tensorflow as tf
path, copy, kind = sys.argv[1:]
digest, count = hashlib.sha256(), 0
with tf.io.TFRecordWriter(copy, kind) as writer:
    for record in tf.data.TFRecordDataset(path, kind).as_numpy_iterator():
        digest.update(struct.pack("<Q", len(record)) + record)
        writer.write(record)
        count += 1
print(json.dumps([count, digest.hexdigest()]))
`;

test.each(["GZIP", "ZLIB"] as const)("%s: TensorFlow reads ours, and we read its", async (kind) => {
  const list = [...records(2000)];
  const path = join(tempFolder(), "data.tfrecord");
  {
    await using writer = await TFRecordStreamWriter.open(path, { compression: kind });
    await writer.extend(list);
  }
  const copy = `${path}.copy`;
  expect(python.json(COMPRESSED, path, copy, kind)).toStrictEqual(summary(list));
  const sum = new Summary();
  for await (const record of readTFRecords(copy)) sum.add(record);
  expect(sum.take()).toStrictEqual(summary(list));
  await using reader = await TFRecordReader.open(copy, { inflate: "beside" });
  const last = list.length - 1;
  expect(Buffer.compare(await reader.get(last), list[last] as Uint8Array)).toBe(0);
});

test("TensorFlow reads files of several members, whoever wrote them", async () => {
  const list = [...records(300)];
  const path = join(tempFolder(), "data.tfrecord.gz");
  const parts: Buffer[] = [];
  for (const part of [list.slice(0, 100), list.slice(100, 100), list.slice(100)]) {
    const sink = new MemorySink();
    const writer = await TFRecordStreamWriter.open(sink, { compression: "GZIP" });
    await writer.extend(part);
    await writer.close();
    parts.push(Buffer.from(sink.toBytes()));
  }
  writeFileSync(path, Buffer.concat(parts));
  const theirs = python.json(COMPRESSED, path, `${path}.copy`, "GZIP");
  const ours = new Summary();
  for await (const record of readTFRecords(path)) ours.add(record);
  expect(theirs).toStrictEqual(ours.take());
});

test("encodeExample gives TensorFlow's bytes", () => {
  const examples = fc.sample(featureMap, { seed, numRuns: RUNS }).map(encodeExample);
  expect(python.json(REWRITE, fresh(examples))).toStrictEqual([]);
});

test("decodeExample agrees with TensorFlow's protobuf on damaged Examples", () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.nat(40)), fc.nat(7));
  const damaged = fc
    .tuple(featureMap, fc.array(change, { minLength: 1, maxLength: 2 }))
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
  // Most changes hit a length, and both refuse the record; enough of them must not.
  expect(ours.filter((each) => each !== null).length).toBeGreaterThan(RUNS / 20);
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
