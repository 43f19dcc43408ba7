import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArrayRecordWriter } from "@nthrec/arrayrecord";
import { openShardWriter } from "@nthrec/core/shards";
import { JsonlWriter } from "@nthrec/jsonl";
import { MsgpackWriter, tensor } from "@nthrec/msgpack";
import { TFRecordWriter } from "@nthrec/tfrecord";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const program = join(import.meta.dirname, "..", "dist", "main.js");
const folder = mkdtempSync(join(tmpdir(), "nthrec-dataset-server-"));
let child: ChildProcess | undefined;

beforeAll(async () => {
  await using lines = await openShardWriter(JsonlWriter, join(folder, "rows@3.jsonl"));
  for (let id = 0; id < 100; id++) await lines.append({ id });
  await using frames = await TFRecordWriter.open(join(folder, "one.tfrecord"));
  await frames.append(Uint8Array.of(1, 2, 3));
  await using values = await MsgpackWriter.open(join(folder, "one.msgpack"));
  await values.append({ big: 2n ** 60n, of: tensor(Float32Array.of(1, 2), [2]) });
  await using chunks = await ArrayRecordWriter.open(join(folder, "one.array_record"));
  await chunks.append(Uint8Array.of(4, 5));
});
afterEach(() => child?.kill("SIGTERM"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the program and answers where it listens. */
async function serve(name: string): Promise<string> {
  child = spawn(process.execPath, [program, join(folder, name)]);
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return /http:\S+(?=\/records)/.exec(String(line))?.[0] ?? String(line);
}

interface Answer {
  readonly status: number;
  readonly body: Partial<Record<"records" | "record" | "error" | "next", unknown>>;
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

describe("a set of shards", () => {
  test("is served by pages, from each end", async () => {
    const origin = await serve("rows@3.jsonl");
    expect(await ask(origin)).toEqual({ status: 200, body: { records: 100 } });
    const ids: number[] = [];
    for (let from: number | null = 0; from !== null; ) {
      const { body } = await ask(`${origin}/records?from=${from}&count=30`);
      ids.push(...(body.records as { id: number }[]).map(({ id }) => id));
      from = body.next as number | null;
    }
    // Shard by shard, as they were dealt out.
    expect(ids).toEqual([0, 1, 2].flatMap((s) => range(100).filter((id) => id % 3 === s)));
    expect((await ask(`${origin}/records?from=-2`)).body.records).toEqual([{ id: 95 }, { id: 98 }]);
    expect((await ask(`${origin}/records/35`)).body).toMatchObject({
      index: 35,
      line: 1,
      record: { id: 4 },
    });
  });

  test("answers mistakes with what is wrong", async () => {
    const origin = await serve("rows@3.jsonl");
    expect((await ask(`${origin}/records/100`)).status).toBe(404);
    expect((await ask(`${origin}/records?from=x`)).status).toBe(400);
    expect((await ask(`${origin}/elsewhere`)).body.error).toContain("/elsewhere");
    expect((await ask(`${origin}/records?from=200`)).body).toMatchObject({ records: [] });
    expect((await ask(`${origin}/records?count=100000000`)).body.records).toHaveLength(100);
  });
});

test.each([
  ["one.tfrecord", { $bytes: "AQID" }],
  ["one.array_record", { $bytes: "BAU=" }],
  ["one.msgpack", { big: 2 ** 60, of: { dtype: "float32", shape: [2], data: [1, 2] } }],
])("%s is served", async (name, record) => {
  const origin = await serve(name);
  expect((await ask(`${origin}/records/0`)).body.record).toEqual(record);
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
