import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { encodeExample, TFRecordWriter } from "@nthrec/tfrecord";
import { Random } from "./random.ts";

const SEED = 20_260_102;

/** A TFRecord file of Examples with a key and about `bytes` of data in each. Made once. */
export function exampleFile(folder: string, records: number, bytes: number): string {
  const path = join(folder, `examples-${records}-${bytes}.tfrecord`);
  if (existsSync(path)) return path;
  process.stderr.write(`making ${path}\n`);
  const part = `${path}.part-${process.pid}`;
  const random = new Random(SEED);
  const pool = Uint8Array.from({ length: bytes + 4096 }, () => random.below(256));
  {
    using writer = TFRecordWriter.openSync(part, { index: "none" });
    writer.extendSync(examples(records, bytes, random, pool));
    writer.commitSync();
  }
  renameSync(part, path);
  return path;
}

function* examples(
  records: number,
  bytes: number,
  random: Random,
  pool: Uint8Array,
): Generator<Uint8Array> {
  for (let i = 0; i < records; i++) {
    const at = random.below(4096);
    yield encodeExample({
      image: pool.subarray(at, at + bytes),
      key: `key ${String(i).padStart(12, "0")}`,
      label: { int64s: [i] },
    });
  }
}
