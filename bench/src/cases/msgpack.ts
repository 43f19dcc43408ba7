import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { JsonlReader } from "@nthrec/jsonl";
import { MsgpackReader, MsgpackWriter } from "@nthrec/msgpack";
import { eventLines } from "../data/generate.ts";
import { randomIndices } from "../data/random.ts";
import {
  appendBareValues,
  MsgpackFile,
  valueOffsets,
  writeValueOffsets,
} from "../floors/msgpack-file.ts";
import type { BenchCase, Context, Goal, Variant } from "../harness/case.ts";
import { nsPerRecord, nsPerRecordAsync } from "../harness/clock.ts";
import type { RivalJob } from "../harness/rival.ts";

const READS = 100_000;
const RIVAL_READS = 20_000;
const MOST = 200_000;
const APPENDS = 100_000;
const COMMIT_EVERY = 1000;

/** The events of the other cases as a MessagePack array. Made once. */
function eventValues({ cache, records }: Context): string {
  const path = join(cache, `events-${records}.msg`);
  if (existsSync(path)) return path;
  const part = `${path}.part-${process.pid}`;
  using reader = JsonlReader.openSync(eventLines(cache, records));
  using writer = MsgpackWriter.openSync(part, { index: "none" });
  writer.extendSync(reader);
  writer.commitSync();
  renameSync(part, path);
  return path;
}

/** The rival's way of doing a job, if there is a rival. */
function theirs({ rival }: Context, count: number, job: RivalJob): Variant[] {
  if (rival === undefined) return [];
  const round = async (): Promise<number> => ((await rival.seconds(job)) * 1e9) / count;
  return [{ name: rival.name, role: "rival", round }];
}

function ours(name: string, round: Variant["round"]): Variant {
  return { name, role: "ours", round };
}

function floor(name: string, round: Variant["round"]): Variant {
  return { name, role: "floor", round };
}

function atLeast(variants: readonly string[], against: string, least: number): Goal[] {
  return variants.map((variant) => ({ variant, against, atLeast: least }));
}

const build: BenchCase = {
  name: "msgpack-build",
  title: "MessagePack: build and publish an index",
  unit: "ns/record",
  async prepare(context) {
    const { records, scratch } = context;
    const path = join(scratch, "events.msg");
    linkSync(eventValues(context), path);
    const fresh = (): void => rmSync(`${path}.idx`, { force: true });
    const skipLoop = (): void => {
      const { offsets, count } = valueOffsets(path);
      writeValueOffsets(join(scratch, "floor.idx"), offsets, count);
    };
    const open = (): void => {
      fresh();
      MsgpackReader.openSync(path).closeSync();
    };
    return {
      variants: [
        floor("skip loop", () => nsPerRecord(records, skipLoop)),
        ours("openSync", () => nsPerRecord(records, open)),
        ...theirs(context, records, { job: "build", format: "msgpack", path }),
      ],
      goals: [...atLeast(["openSync"], "skip loop", 0.5), ...atLeast(["openSync"], "megstore", 10)],
      close() {},
    };
  },
};

const get: BenchCase = {
  name: "msgpack-get",
  title: "MessagePack: random records one by one",
  unit: "ns/record",
  async prepare(context) {
    const path = eventValues(context);
    const indices = randomIndices(READS, context.records, 7);
    const few = indices.slice(0, RIVAL_READS);
    const file = new MsgpackFile(path);
    const reader = await MsgpackReader.open(path, { offsets: "resident" });
    const awaited = async (): Promise<void> => {
      for (const index of indices) await reader.get(index);
    };
    const each = (reads: (index: number) => unknown) => (): void => {
      for (const index of indices) reads(index);
    };
    return {
      variants: [
        floor("readSync + decode", () =>
          nsPerRecord(
            READS,
            each((index) => file.get(index)),
          ),
        ),
        ours("getSync", () =>
          nsPerRecord(
            READS,
            each((index) => reader.getSync(index)),
          ),
        ),
        ours("await get", () => nsPerRecordAsync(READS, awaited)),
        ...theirs(context, few.length, { job: "get", format: "msgpack", path, indices: few }),
      ],
      goals: atLeast(["getSync", "await get"], "megstore", 4),
      async close() {
        file.close();
        await reader.close();
      },
    };
  },
};

const iterate: BenchCase = {
  name: "msgpack-iterate",
  title: "MessagePack: records in order",
  unit: "ns/record",
  async prepare(context) {
    const path = eventValues(context);
    const count = Math.min(MOST, context.records);
    const file = new MsgpackFile(path);
    const reader = await MsgpackReader.open(path);
    const view = reader.slice(0, count);
    let sum = 0;
    const use = (value: unknown): void => {
      sum += (value as { id: number }).id;
    };
    const forOf = (): void => {
      for (const record of view) use(record);
    };
    const forAwait = async (): Promise<void> => {
      for await (const record of view) use(record);
    };
    return {
      variants: [
        floor("read + @msgpack/msgpack", () => nsPerRecord(count, () => file.each(count, use))),
        ours("for of", () => nsPerRecord(count, forOf)),
        ours("for await of", () => nsPerRecordAsync(count, forAwait)),
        ...theirs(context, count, { job: "iterate", format: "msgpack", path, records: count }),
      ],
      goals: atLeast(["for of", "for await of"], "megstore", 1),
      async close() {
        if (!Number.isFinite(sum)) throw new Error("a record was misread");
        file.close();
        await reader.close();
      },
    };
  },
};

const append: BenchCase = {
  name: "msgpack-append",
  title: "MessagePack: append records, commit each 1,000",
  unit: "ns/record",
  async prepare(context) {
    const source = eventLines(context.cache, context.records);
    const count = Math.min(APPENDS, context.records);
    const values = await firstValues(source, count);
    const path = join(context.scratch, "append.msg");
    const written = (mode: "write" | "append", exclusive: boolean) => (): number => {
      clean(path);
      return nsPerRecord(count, () => appendNow(path, values, mode, exclusive));
    };
    const bare = (): number => {
      clean(path);
      return nsPerRecord(count, () => appendBareValues(path, values, COMMIT_EVERY));
    };
    const every = { commitEvery: COMMIT_EVERY, records: count } as const;
    return {
      variants: [
        floor("@msgpack/msgpack + write", bare),
        ours("appendSync", written("write", false)),
        ours("appendSync, exclusive", written("append", true)),
        ours("extendSync, shared", written("append", false)),
        ...theirs(context, count, { job: "append", format: "msgpack", path: source, ...every }),
      ],
      goals: atLeast(["appendSync", "appendSync, exclusive", "extendSync, shared"], "megstore", 1),
      close: () => clean(path),
    };
  },
};

/** The cases of MessagePack files. */
export const msgpackCases: readonly BenchCase[] = [build, get, iterate, append];

async function firstValues(path: string, count: number): Promise<unknown[]> {
  await using reader = await JsonlReader.open(path);
  return [...reader.slice(0, count)];
}

/** One by one; in shared mode, where each single append is a commit of its own, by the thousand. */
function appendNow(
  path: string,
  values: readonly unknown[],
  mode: "write" | "append",
  exclusive: boolean,
): void {
  using writer = MsgpackWriter.openSync(path, { mode, exclusive });
  const shared = mode === "append" && !exclusive;
  for (let from = 0; from < values.length; from += COMMIT_EVERY) {
    const batch = values.slice(from, from + COMMIT_EVERY);
    if (shared) writer.extendSync(batch);
    else for (const value of batch) writer.appendSync(value);
    writer.commitSync();
  }
}

function clean(path: string): void {
  for (const suffix of ["", ".idx", ".seal", ".undo", ".torn"])
    rmSync(path + suffix, { force: true });
  rmSync(`${path}.lock`, { force: true, recursive: true });
}
