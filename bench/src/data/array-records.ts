import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ArrayRecordReader, ArrayRecordWriter } from "@nthrec/arrayrecord";
import { encodeExample } from "@nthrec/tfrecord";
import { loremRecords } from "./lorem.ts";
import { Random } from "./random.ts";

const SEED = 20_260_104;
/** Where the records of one kind are kept, so that nobody makes them twice. */
const PLAIN = "group_size:256,uncompressed";

/** What the records of a file are. */
export type RecordKind = "lorem" | "examples" | "bytes";

/** An ArrayRecord file of `count` records, written with these options. Made once. */
export async function arrayRecordFile(
  folder: string,
  kind: RecordKind,
  count: number,
  options: string,
): Promise<string> {
  const name = options.replaceAll(/[^a-z0-9]+/g, "-");
  const path = join(folder, `${kind}-${count}-${name}.array_record`);
  if (existsSync(path)) return path;
  process.stderr.write(`making ${path}\n`);
  const part = `${path}.part-${process.pid}`;
  const plain = options === PLAIN || kind === "bytes";
  const records = plain ? made(kind, count) : await plainRecords(folder, kind, count);
  await using writer = await ArrayRecordWriter.open(part, { optionString: options });
  writer.extendSync(records);
  await writer.close();
  renameSync(part, path);
  return path;
}

/** The records themselves, and a file that holds them uncompressed. */
export async function plainRecords(
  folder: string,
  kind: RecordKind,
  count: number,
): Promise<Uint8Array[]> {
  using reader = await ArrayRecordReader.open(await plainFile(folder, kind, count));
  return [...reader];
}

/** A file from which the rival takes the records that it is to write. */
export function plainFile(folder: string, kind: RecordKind, count: number): Promise<string> {
  return arrayRecordFile(folder, kind, count, PLAIN);
}

function made(kind: RecordKind, count: number): Uint8Array[] {
  if (kind === "lorem") return loremRecords(count);
  if (kind === "bytes") return Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  return examples(count);
}

/** Examples of a few features each, about 300 bytes, as tables come in. */
function examples(count: number): Uint8Array[] {
  const random = new Random(SEED);
  const lorem = new TextDecoder().decode(loremRecords(1)[0]).split(" ");
  return Array.from({ length: count }, (_, i) =>
    encodeExample({
      at: { int64s: [1_700_000_000 + i * 7 + random.below(7)] },
      box: Float32Array.from({ length: 4 }, () => random.below(1000) / 8),
      id: `row-${String(i).padStart(10, "0")}`,
      label: { int64s: [random.below(1000)] },
      score: Float32Array.of(random.below(1e6) / 1e6),
      text: Array.from({ length: 12 }, () => random.pick(lorem)).join(" "),
      tokens: { int64s: Array.from({ length: 12 }, () => random.below(30_000)) },
    }),
  );
}
