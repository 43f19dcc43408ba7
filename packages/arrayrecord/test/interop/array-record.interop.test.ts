import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Python } from "../../../../interop/python.ts";
import { ArrayRecordReader, ArrayRecordWriter } from "../../src/index.ts";
import { expectRecords } from "../support/same-records.ts";
import { tempFolder } from "../support/temp.ts";

// The Python module and this package, each reading what the other wrote. In full, some minutes and 1 GB of records:
// NTHREC_FILES=500 NTHREC_BYTES=1073741824 npm run interop -- array-record.interop

const python = Python.with("arrayrecord", ["array-record"]);
const seed = Number(process.env["NTHREC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const FILES = Number(process.env["NTHREC_FILES"] ?? 150);
/** Bytes of all records together, and of one file. */
const MOST_BYTES = Number(process.env["NTHREC_BYTES"] ?? 64 * 1024 * 1024);
const MOST_FILE = 64 * 1024 * 1024;
/** Records that a large file has at least room for. */
const MOST_RECORDS = 5000;
/** Files that travel together: a Python takes a moment to start. */
const BATCH = 50;
console.log(`array_record ${python.version("array_record")}, NTHREC_SEED=${seed}`);

/** Writes each job's records with the original, reads ours with it, by every verb, and compares. */
const PROGRAM = `
import json, random, struct, sys
from array_record.python import array_record_module as m
for job in json.load(open(sys.argv[1])):
    raw = open(job["raw"], "rb").read()
    records, at = [], 0
    while at < len(raw):
        (n,) = struct.unpack_from("<I", raw, at)
        records.append(raw[at + 4:at + 4 + n])
        at += 4 + n
    writer = m.ArrayRecordWriter(job["theirs"], job["options"])
    for record in records: writer.write(record)
    writer.close()
    reader = m.ArrayRecordReader(job["ours"])
    assert reader.ok(), (job, "cannot open")
    assert reader.num_records() == len(records), (job, reader.num_records(), len(records))
    assert [bytes(r) for r in reader.read_all()] == records, (job, "read_all")
    if records:
        some = [random.randrange(len(records)) for _ in range(min(50, len(records)))]
        assert [bytes(r) for r in reader.read(some)] == [records[i] for i in some], (job, "read")
    theirs = m.ArrayRecordReader(job["theirs"])
    assert reader.writer_options_string() == theirs.writer_options_string(), (job, "options")
    reader.close(); theirs.close()
print("all read")
`;

/** A generator of numbers in [0, 1) that a seed repeats (mulberry32). */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Job {
  readonly raw: string;
  readonly ours: string;
  readonly theirs: string;
  readonly options: string;
}

/** Records of one kind: text, random bytes, protocol buffers, with empty ones among them; the size of the file is log-uniform. */
function makeRecords(random: () => number, most: number): Uint8Array[] {
  const int = (most: number): number => Math.floor(random() * most);
  const kind = int(4);
  if (int(20) === 0) return [];
  const total = Math.floor(2 ** (random() * Math.log2(Math.max(1, Math.min(MOST_FILE, most)))));
  // Records long enough that not too many of them come to the file's size, and none is longer than the file.
  const [shortest, longest] = [total / MOST_RECORDS, Math.min(total, 2 ** 20)].map((size) =>
    Math.log2(Math.max(1, size)),
  ) as [number, number];
  const mean = Math.floor(2 ** (shortest + random() * (longest - shortest)));
  const records: Uint8Array[] = [];
  for (let size = 0; size < total && records.length < 3 * MOST_RECORDS; ) {
    const length = int(8) === 0 ? 0 : Math.min(total - size, 1 + int(2 * mean));
    const record = kind >= 2 ? protoOf(int, length) : new Uint8Array(length);
    if (kind === 0) for (let i = 0; i < length; i++) record[i] = int(256);
    if (kind === 1) for (let i = 0; i < length; i++) record[i] = 97 + ((i * 7) % 20);
    records.push(record);
    size += record.length;
  }
  return records;
}

/** A message of some fields, one of them a message, `length` bytes long or a few more; sometimes its last byte is missing. */
function protoOf(int: (most: number) => number, length: number): Uint8Array {
  if (length === 0) return new Uint8Array(0);
  const inner = [0x08, int(128), 0x1d, int(256), int(256), int(256), int(256)];
  const text = Array.from({ length: Math.max(0, length - 18) }, () => 97 + int(4));
  const head = [0x0a, ...varint(text.length)];
  const rest = [0x12, inner.length, ...inner, 0x18, 0x80 | int(128), 1];
  const message = Buffer.concat([head, text, rest].map((part) => Uint8Array.from(part)));
  return new Uint8Array(int(5) === 0 ? message.subarray(0, -1) : message);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** Options of any kind; of thousands of chunks none is padded to 64 KiB. */
function optionsOf(random: () => number, records: number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const codec = pick([
    "uncompressed",
    "uncompressed",
    "zstd",
    "zstd:1",
    "zstd:9",
    "brotli:2",
    "brotli",
    "snappy",
    "",
  ]);
  const group = pick([1, 1, 2, 7, 100, 1000, 65536]);
  const pad = pick(["", "", "pad_to_block_boundary:true"]);
  const rest = [pick(["", "transpose", "transpose"]), records / group < 300 ? pad : ""];
  return [`group_size:${group}`, codec, ...rest].filter((option) => option !== "").join(",");
}

function rawOf(records: readonly Uint8Array[]): Uint8Array {
  const parts = records.flatMap((record) => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(record.length);
    return [head, record];
  });
  return Buffer.concat(parts);
}

const sizeOf = (records: readonly Uint8Array[]): number =>
  records.reduce((sum, { length }) => sum + length, 0);

const sha256 = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");

describe("random files, both ways", () => {
  const random = randomOf(seed);
  let budget = MOST_BYTES;

  /** Writes at once, or in sittings that append to each other. */
  async function write(
    path: string,
    options: string,
    records: readonly Uint8Array[],
  ): Promise<void> {
    const cuts = random() < 0.3 ? [0.3, 0.6].map((part) => Math.floor(part * records.length)) : [];
    let from = 0;
    for (const [sitting, to] of [...cuts, records.length].entries()) {
      const mode = sitting === 0 ? "write" : "append";
      await using writer = await ArrayRecordWriter.open(path, { mode, optionString: options });
      await writer.extend(records.slice(from, to));
      from = to;
    }
  }

  const batches = Array.from({ length: Math.ceil(FILES / BATCH) }, (_, i) => i);
  test.each(batches)("batch %i", { timeout: 600_000 }, async (batch) => {
    const folder = tempFolder();
    const jobs: (Job & { records: Uint8Array[] })[] = [];
    for (let i = 0; i < Math.min(BATCH, FILES - batch * BATCH); i++) {
      // Of what is left there is some for all files that follow: few are large.
      const records = makeRecords(
        random,
        Math.min(budget, (32 * budget) / (FILES - batch * BATCH - i)),
      );
      budget = Math.max(0, budget - sizeOf(records));
      const [raw, ours, theirs] = ["raw", "ours", "theirs"].map((name) =>
        join(folder, `${name}-${i}`),
      ) as [string, string, string];
      const options = optionsOf(random, records.length);
      writeFileSync(raw, rawOf(records));
      await write(ours, options, records);
      jobs.push({ raw, ours, theirs, options, records });
    }
    const size = MOST_BYTES - budget;
    const largest = Math.max(...jobs.map(({ records }) => sizeOf(records)));
    console.log(
      `${batch * BATCH + jobs.length} files, ${(size / 1e6).toFixed(0)} MB of records; largest ${(largest / 1e6).toFixed(1)} MB`,
    );
    const list = join(folder, "jobs.json");
    writeFileSync(list, JSON.stringify(jobs.map(({ records: _, ...job }) => job)));
    expect(python.run(PROGRAM, list)).toBe("all read");
    for (const { ours, theirs, options, records } of jobs) {
      await using reader = await ArrayRecordReader.open(theirs);
      expectRecords(await reader.getMany(records.keys()), records);
      expectRecords([...reader], records);
      if (options.includes("uncompressed"))
        expect([options, sha256(ours)]).toEqual([options, sha256(theirs)]);
    }
  });
});
