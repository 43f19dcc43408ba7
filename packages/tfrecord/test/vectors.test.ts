import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isNthrecError, MemoryStore, type TailPolicy } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { TFRecordReader, TFRecordWriter } from "../src/index.ts";
import { print } from "./support/frames.ts";
import { tempFolder } from "./support/temp.ts";
import {
  bytesOf,
  compressedFiles,
  digest,
  pathOf,
  plainFiles,
  type TensorFlowFile,
} from "./support/vectors.ts";

/** What a file came to: the records that could be read, in order, and what stopped the reading. */
interface Outcome {
  readonly records: readonly Uint8Array[];
  readonly code?: string;
  readonly offset?: number | undefined;
}

function readAll(data: Uint8Array, tail: TailPolicy | undefined): Outcome {
  const records: Uint8Array[] = [];
  try {
    using reader = TFRecordReader.openSync(data, { tail });
    for (let i = 0; i < reader.length; i++) records.push(reader.getSync(i));
    return { records };
  } catch (error) {
    if (!isNthrecError(error)) throw error;
    return { records, code: error.code, offset: error.offset };
  }
}

/** What stops us, judged by what stops TensorFlow and by the policy for the tail. */
function verdict(vector: TensorFlowFile, tail: TailPolicy): Omit<Outcome, "records"> | undefined {
  const { tf_error: theirs, bytes } = vector;
  const whole = wholeEnd(vector);
  if (theirs === null) {
    // TensorFlow passes over up to 11 stray bytes without a word.
    if (whole === bytes || tail === "ignore") return undefined;
    return { code: "NTH_TRUNCATED", offset: whole };
  }
  // A record that was cut off is dropped by "ignore"; TensorFlow has no such choice.
  if (theirs.message.startsWith("truncated record")) {
    return tail === "ignore" ? undefined : { code: "NTH_TRUNCATED", offset: whole };
  }
  return { code: "NTH_CORRUPTION", offset: whole };
}

/** Where the last record ends that TensorFlow delivers. */
function wholeEnd({
  tf_records,
  index_spans_in_decompressed_stream: spans,
  bytes,
}: TensorFlowFile) {
  const last = spans.at(-1);
  if (typeof last === "string") return bytes;
  return tf_records === 0 || last === undefined ? 0 : last[0] + last[1];
}

/** What is damaged behind the head leaves the file open to the records around it. */
function isPayloadDamage({ tf_error }: TensorFlowFile, bytes: Uint8Array): boolean {
  const at = Number(/^corrupted record at (\d+)/.exec(tf_error?.message ?? "")?.[1] ?? -1);
  return bytes.length === 78 && at % 26 === 12;
}

test("the files of the manifest are there", () => {
  expect([plainFiles.length, compressedFiles.length]).toStrictEqual([58, 17]);
  for (const vector of [...plainFiles, ...compressedFiles]) {
    const bytes = bytesOf(vector);
    expect([vector.file, bytes.length]).toStrictEqual([vector.file, vector.bytes]);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(vector.sha256);
  }
});

describe.each(plainFiles)("$file", (vector) => {
  test.each(["error", "ignore"] as const)('with tail "%s" reads as TensorFlow does', (tail) => {
    const bytes = bytesOf(vector);
    const found = readAll(bytes, tail);
    const { records, ...stopped } = found;
    const expected = verdict(vector, tail);
    if (expected === undefined) {
      expect(stopped).toStrictEqual({});
      expect(records.length).toBe(vector.tf_records);
      expect(digest(records)).toBe(vector.records_sha256);
      return;
    }
    expect(stopped).toStrictEqual(expected);
    if (isPayloadDamage(vector, bytes)) expect(digest(records)).toBe(vector.records_sha256);
  });

  test("keeps every record that TensorFlow delivers when it is repaired", async () => {
    const store = new MemoryStore({ entries: [["a", bytesOf(vector)]] });
    const to = { store, name: "b" };
    const report = await TFRecordWriter.repair({ store, name: "a" }, { to });
    using reader = TFRecordReader.openSync(to);
    expect(report.kept).toBe(reader.length);
    expect(report.lostBytes).toBe(vector.bytes - store.openSync("b").size);
    const records = [...reader];
    expect(records.length).toBeGreaterThanOrEqual(vector.tf_records);
    expect(digest(records.slice(0, vector.tf_records))).toBe(vector.records_sha256);
    expect(reader.verifySync({ level: "full" }).ok).toBe(true);
  });
});

const sound = plainFiles.filter((vector) => !vector.file.startsWith("damaged/"));

describe.each(sound)("$file, which is sound,", (vector) => {
  test("has its records where TensorFlow has them, and gets an index beside it that is not DALI's", () => {
    const path = join(tempFolder(), "data.tfrecord");
    copyFileSync(pathOf(vector), path);
    {
      using reader = TFRecordReader.openSync(path);
      for (const [i, span] of vector.index_spans_in_decompressed_stream.entries()) {
        if (typeof span === "string") break;
        expect(reader.locateSync(i)).toStrictEqual({ start: span[0], end: span[0] + span[1] });
      }
    }
    expect([existsSync(`${path}.idv1`), existsSync(`${path}.idx`)]).toStrictEqual([true, false]);
    using again = TFRecordReader.openSync(path, { onStaleIndex: "throw" });
    expect(digest([...again])).toBe(vector.records_sha256);
  });

  test("is what our writer makes of its records, byte for byte", async () => {
    await using reader = await TFRecordReader.open(new Blob([new Uint8Array(bytesOf(vector))]));
    const path = join(tempFolder(), "copy.tfrecord");
    {
      await using writer = await TFRecordWriter.open(path);
      expect(await writer.extend(reader[Symbol.asyncIterator]())).toBe(vector.tf_records);
    }
    expect(print(readFileSync(path))).toBe(print(bytesOf(vector)));
  });

  test.each(["none", "frame", "payload"] as const)('verifies with checksums: "%s"', (checksums) => {
    using reader = TFRecordReader.openSync(bytesOf(vector), { checksums });
    expect(reader.verifySync({ level: "full" })).toMatchObject({
      ok: true,
      checked: reader.length,
    });
    expect(digest([...reader])).toBe(vector.records_sha256);
  });
});
