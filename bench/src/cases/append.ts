import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { JsonlReader, JsonlWriter, type JsonlWriterOptions } from "@nthrec/jsonl";
import { eventLines } from "../data/generate.ts";
import type { BenchCase, Prepared, Variant } from "../harness/case.ts";
import { clean } from "../harness/clean.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";

const RECORDS = 100_000;
const COMMIT_EVERY = 1000;

/** Records appended one by one, published by the thousand. */
export const append: BenchCase = {
  name: "append",
  title: "append records, commit each 1,000",
  unit: "ns/record",

  async prepare({ records, cache, scratch, rival }): Promise<Prepared> {
    const source = eventLines(cache, records);
    const count = Math.min(RECORDS, records);
    await using reader = await JsonlReader.open(source);
    const values = [...reader.slice(0, count)];
    const path = join(scratch, "append.jsonl");
    const variants: Variant[] = [
      {
        name: "stringify + write",
        role: "floor",
        round: () => {
          clean(path);
          return nsPerRecord(count, () => appendBare(path, values));
        },
      },
      ours("await append", path, values, { mode: "write" }, appendAwaited),
      ours("appendSync", path, values, { mode: "write" }, appendNow),
      ours("await append, exclusive", path, values, EXCLUSIVE, appendAwaited),
      ours("append, shared", path, values, { mode: "append" }, appendTogether),
    ];
    if (rival) {
      const job = {
        job: "append",
        path: source,
        records: count,
        commitEvery: COMMIT_EVERY,
      } as const;
      variants.push({
        name: rival.name,
        role: "rival",
        round: async () => ((await rival.seconds(job)) * 1e9) / count,
      });
    }
    const names = variants.filter(({ role }) => role === "ours").map(({ name }) => name);
    return {
      variants,
      goals: names.map((variant) => ({ variant, against: "megstore", atLeast: 1 })),
      close: () => clean(path),
    };
  },
};

const EXCLUSIVE = { mode: "append", exclusive: true } as const;

type Appending = (writer: JsonlWriter, values: readonly unknown[]) => Promise<void>;

function ours(
  name: string,
  path: string,
  values: readonly unknown[],
  options: JsonlWriterOptions,
  appending: Appending,
): Variant {
  return {
    name,
    role: "ours",
    round: () => {
      clean(path);
      return nsPerRecordAsync(values.length, async () => {
        await using writer = await JsonlWriter.open(path, options);
        await appending(writer, values);
      });
    },
  };
}

async function appendAwaited(writer: JsonlWriter, values: readonly unknown[]): Promise<void> {
  for (let i = 0; i < values.length; i++) {
    await writer.append(values[i]);
    if ((i + 1) % COMMIT_EVERY === 0) await writer.commit();
  }
}

async function appendNow(writer: JsonlWriter, values: readonly unknown[]): Promise<void> {
  for (let i = 0; i < values.length; i++) {
    writer.appendSync(values[i]);
    if ((i + 1) % COMMIT_EVERY === 0) writer.commitSync();
  }
}

/** In shared mode an awaited append is a commit of its own, so nobody awaits each of a thousand. */
async function appendTogether(writer: JsonlWriter, values: readonly unknown[]): Promise<void> {
  let appends: Promise<number>[] = [];
  for (let i = 0; i < values.length; i++) {
    appends.push(writer.append(values[i]));
    if ((i + 1) % COMMIT_EVERY !== 0) continue;
    await Promise.all(appends);
    appends = [];
  }
  await Promise.all(appends);
}

/** Strings gathered by the thousand, then one write of lines and one of offsets. */
function appendBare(path: string, values: readonly unknown[]): void {
  const data = openSync(path, "w");
  const index = openSync(`${path}.idx`, "w");
  let at = 0;
  for (let from = 0; from < values.length; from += COMMIT_EVERY) {
    const offsets = new BigUint64Array(Math.min(COMMIT_EVERY, values.length - from));
    let text = "";
    for (let i = 0; i < offsets.length; i++) {
      const line = `${JSON.stringify(values[from + i])}\n`;
      offsets[i] = BigInt(at);
      at += Buffer.byteLength(line);
      text += line;
    }
    writeSync(data, text);
    writeSync(index, new Uint8Array(offsets.buffer));
  }
  closeSync(data);
  closeSync(index);
}
