import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { isNthrecError, MemoryStore, NthrecError, type SyncByteSink } from "@nthrec/core";
import { expect, test } from "vitest";
import { indexFile, indexOf } from "../../../testing/idv1.ts";
import { TestHttpServer } from "../../core/test/support/http-server.ts";
import { JsonlReader, JsonlWriter, TextReader, TextWriter } from "../src/index.ts";
import { runChild } from "./support/child.ts";
import { CountingStore } from "./support/counting-store.ts";
import { tempFile, tempFolder } from "./support/temp.ts";

// One test for each defect of the Python original that concerns lines; each shows what happens here instead.

function written(values: readonly unknown[], name = "data.jsonl"): string {
  const path = join(tempFolder(), name);
  using writer = JsonlWriter.openSync(path);
  writer.extendSync(values);
  return path;
}

function append(path: string, ...values: unknown[]): void {
  using writer = JsonlWriter.openSync(path, { mode: "append" });
  writer.extendSync(values);
}

function read(path: string): unknown[] {
  using reader = JsonlReader.openSync(path);
  const values = [...reader];
  expect(Array.from(values, (_, index) => reader.getSync(index))).toStrictEqual(values);
  return values;
}

/** The index beside `path` is the one that any correct program makes of the data. */
function expectSoundIndex(path: string): void {
  expect(readFileSync(`${path}.idx`).equals(indexOf(readFileSync(path)))).toBe(true);
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isNthrecError(error)) return error.code;
    throw error;
  }
  return undefined;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

test("W1: appending with a missing index keeps every record in view", () => {
  for (const sealed of [true, false]) {
    const path = written([1, 2, 3]);
    rmSync(`${path}.idx`);
    if (!sealed) rmSync(`${path}.seal`, { force: true });
    append(path, 4, 5);
    expect(read(path)).toStrictEqual([1, 2, 3, 4, 5]);
    expectSoundIndex(path);
  }
});

test("W2: data rewritten at the same size are noticed, even with the time of the old", () => {
  for (const keepTimes of [false, true]) {
    for (const sealed of [true, false]) {
      const path = written([{ k: "aaaa" }, { k: "b" }]);
      if (!sealed) rmSync(`${path}.seal`, { force: true });
      const { atime, mtime } = statSync(path);
      writeFileSync(path, '{"k":"a"}\n{"k":"bbbb"}\n');
      if (keepTimes) utimesSync(path, atime, mtime);
      expect(read(path)).toStrictEqual([{ k: "a" }, { k: "bbbb" }]);
    }
  }
});

test("W3: appending after another program has appended loses nothing", () => {
  const path = written([1, 2]);
  appendFileSync(path, '"EXT"\n');
  append(path, 3);
  expect(read(path)).toStrictEqual([1, 2, "EXT", 3]);
  expectSoundIndex(path);
});

test("W4: an index is published whole or not at all, whatever stops its building", () => {
  const path = tempFile("1\n2\n3\n4\n");
  const onIndexRecord = (_: Uint8Array, index: number): void => {
    if (index === 2) throw new Error("enough");
  };
  expect(() => JsonlReader.openSync(path, { onIndexRecord })).toThrow("enough");
  expect(readdirSync(dirname(path))).toStrictEqual(["data.jsonl"]);
  expect(read(path)).toStrictEqual([1, 2, 3, 4]);

  const long = tempFile(numbers(200_000).join("\n"));
  const end = runChild(
    `import { JsonlReader } from "nthrec";
     const kill = (_, index) => { if (index === 150_000) process.kill(process.pid, "SIGKILL"); };
     JsonlReader.openSync(process.argv[2], { onIndexRecord: kill });`,
    long,
  );
  expect(end).toMatchObject({ signal: "SIGKILL", stderr: "" });
  expect(existsSync(`${long}.idx`)).toBe(false);
  using reader = JsonlReader.openSync(long);
  expect([reader.length, reader.getSync(199_999)]).toStrictEqual([200_000, 199_999]);
});

test("W5: a disk that fills up while the index is written leaves no half of it", () => {
  class FullStore extends MemoryStore {
    override createSync(name: string): SyncByteSink {
      const sink = super.createSync(name);
      const write = sink.writeSync.bind(sink);
      sink.writeSync = (position: number, bytes: Uint8Array): void => {
        const room = Math.max(0, 100 - position);
        write(position, bytes.subarray(0, room));
        if (bytes.length > room) throw new NthrecError("NTH_IO_ERROR", "no space left on device");
      };
      return sink;
    }
  }
  const store = new FullStore();
  const path = tempFile(`${numbers(50).join("\n")}\n`);
  for (let opening = 0; opening < 2; opening++) {
    using reader = JsonlReader.openSync(path, { index: { store, name: "index" } });
    expect([...reader]).toStrictEqual(numbers(50));
    expect(store.listSync()).toStrictEqual([]);
  }
});

test("W6: a killed writer leaves no index that is ahead of its data", () => {
  for (const mode of ["write", "append"]) {
    const path = written([1, 2]);
    const end = runChild(
      `import { JsonlWriter } from "nthrec";
       const writer = JsonlWriter.openSync(process.argv[2], { mode: process.argv[3] });
       for (let i = 0; i < 5000; i++) void writer.append(i);
       process.kill(process.pid, "SIGKILL");`,
      path,
      mode,
    );
    expect(end).toMatchObject({ signal: "SIGKILL", stderr: "" });
    expect(read(path)).toStrictEqual([1, 2]);
    expectSoundIndex(path);
  }
});

test("W7: after a kill, appending goes on where the last commit was", () => {
  const path = written([]);
  const end = runChild(
    `import { JsonlWriter } from "nthrec";
     const writer = JsonlWriter.openSync(process.argv[2], { mode: "append" });
     for (let i = 0; i < 500; i++) void writer.append(i);
     writer.commitSync();
     for (let i = 0; i < 473; i++) void writer.append("lost");
     process.kill(process.pid, "SIGKILL");`,
    path,
  );
  expect(end).toMatchObject({ signal: "SIGKILL", stderr: "" });
  append(path, "next");
  expect(read(path)).toStrictEqual([...numbers(500), "next"]);
  expectSoundIndex(path);
});

test("W8: readers that open while a writer writes change nothing and see whole commits", async () => {
  const path = written([]);
  await using writer = await JsonlWriter.open(path, { mode: "append" });
  for (let round = 0; round < 40; round++) {
    const values = numbers(round).map((i) => ({ round, i }));
    const done = writer.extend(values);
    using during = JsonlReader.openSync(path);
    const seen = during.length;
    await done;
    await writer.commit();
    using after = JsonlReader.openSync(path);
    expect(after.length - (round * (round - 1)) / 2).toBe(round);
    expect([after.length, after.length - round]).toContain(seen);
  }
  expectSoundIndex(path);
  expect(read(path)).toHaveLength((40 * 39) / 2);
});

test("W9: handles and writers that append at the same time keep every record whole and in order", async () => {
  const path = written([]);
  {
    await using first = await JsonlWriter.open(path, { mode: "append" });
    await using second = await JsonlWriter.open(path, { mode: "append" });
    await using third = second.share();
    const pending: Promise<number>[] = [];
    for (const i of numbers(300)) {
      for (const [by, writer] of [first, second, third].entries()) {
        pending.push(writer.append({ by, i, pad: "x".repeat(i) }));
      }
    }
    const indices = await Promise.all(pending);
    expect(new Set(indices).size).toBe(900);
    using reader = JsonlReader.openSync(path);
    for (const [at, index] of indices.entries()) {
      expect(reader.getSync(index)).toMatchObject({ by: at % 3, i: Math.floor(at / 3) });
    }
  }
  const records = read(path) as { by: number; i: number }[];
  for (const by of [0, 1, 2]) {
    expect(records.filter((record) => record.by === by).map(({ i }) => i)).toStrictEqual(
      numbers(300),
    );
  }
  expectSoundIndex(path);
});

test("W10: appending to a file without a last newline, or with half a record, glues nothing", () => {
  const unended = tempFile("1\n2");
  append(unended, 3);
  expect(read(unended)).toStrictEqual([1, 2, 3]);
  expectSoundIndex(unended);

  const torn = tempFile('1\n{"a":');
  append(torn, 3);
  expect(read(torn)).toStrictEqual([1, 3]);
  expect(readFileSync(`${torn}.torn`, "utf8")).toContain('{"a":');
  expectSoundIndex(torn);
});

test("W11: a line of text with a newline in it is refused, and nothing of it is written", () => {
  const path = join(tempFolder(), "data.txt");
  {
    using writer = TextWriter.openSync(path);
    writer.appendSync("zero");
    expect(codeOf(() => writer.appendSync("one\ntwo"))).toBe("NTH_INVALID_VALUE");
    writer.appendSync("three");
  }
  using reader = TextReader.openSync(path);
  expect([...reader]).toStrictEqual(["zero", "three"]);
});

test("W12: an index of any length is healed, for reading and for appending", () => {
  for (const cut of [3, 8, 12, 16, 24, 30, 40]) {
    for (const sealed of [true, false]) {
      const path = written([1, 2, 3]);
      if (!sealed) rmSync(`${path}.seal`, { force: true });
      const index = readFileSync(`${path}.idx`);
      writeFileSync(`${path}.idx`, index.subarray(0, index.length - cut));
      expect(read(path)).toStrictEqual([1, 2, 3]);
      writeFileSync(`${path}.idx`, Buffer.concat([index, Buffer.alloc(cut)]));
      expect(read(path)).toStrictEqual([1, 2, 3]);
      writeFileSync(`${path}.idx`, index.subarray(0, index.length - cut));
      append(path, 4);
      expect(read(path)).toStrictEqual([1, 2, 3, 4]);
      expectSoundIndex(path);
    }
  }
});

test("W13: views of views agree with arrays, whatever the steps", () => {
  using reader = JsonlReader.openSync(Buffer.from(`${numbers(10).join("\n")}\n`));
  expect([...reader.slice(0, undefined, 2).slice(undefined, undefined, -1)]).toStrictEqual([
    8, 6, 4, 2, 0,
  ]);
  expect([...reader.slice(undefined, undefined, -3).slice()]).toStrictEqual([9, 6, 3, 0]);
  const none = reader.slice(-20, -18, -1);
  expect([none.length, [...none]]).toStrictEqual([0, []]);
});

test("W14: the header of an index is never taken for offsets, however often they are read", () => {
  const path = written(["a", "bb", "ccc"]);
  rmSync(`${path}.seal`);
  for (const offsets of ["resident", "paged"] as const) {
    using reader = JsonlReader.openSync(path, { offsets, onStaleIndex: "throw" });
    for (let round = 0; round < 2; round++) {
      const starts = [0, 1, 2].map((index) => reader.locateSync(index).start);
      expect(starts).toStrictEqual([0, 4, 9]);
    }
    expect([...reader, ...reader]).toStrictEqual(["a", "bb", "ccc", "a", "bb", "ccc"]);
  }
});

test("W23: one record of a large remote file costs little more than its bytes", async () => {
  const values = numbers(200_000).map((i) => ({ i, text: "x".repeat(80) }));
  const data = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  await using server = await TestHttpServer.start();
  let sent = 0;
  server.twist = (reply) => {
    sent += reply.body.length;
    return reply;
  };
  const takeSent = (): number => {
    const taken = sent;
    sent = 0;
    return taken;
  };
  server.put("/data.jsonl.idx", indexOf(data));
  await using reader = await JsonlReader.open(server.put("/data.jsonl", data));
  expect(takeSent()).toBeLessThan(300_000);
  expect(await reader.get(123_456)).toStrictEqual(values[123_456]);
  expect(takeSent()).toBeLessThan(30_000);
  expect(await reader.get(123_457)).toStrictEqual(values[123_457]);
  expect(takeSent()).toBeLessThan(500);
});

test("W24: opening for writing destroys nothing, and open readers read on", () => {
  const path = written([1, 2, 3]);
  using reader = JsonlReader.openSync(path);
  const writer = JsonlWriter.openSync(path);
  void writer.append("new");
  expect(read(path)).toStrictEqual([1, 2, 3]);
  writer.closeSync();
  expect([...reader]).toStrictEqual([1, 2, 3]);
  expect(read(path)).toStrictEqual(["new"]);
  reader.refreshSync();
  expect([...reader]).toStrictEqual(["new"]);
});

test("W25: work that failed half-way can be left without a trace", async () => {
  const path = written([1, 2, 3]);
  const before = readFileSync(path);
  await expect(async () => {
    const writer = await JsonlWriter.open(path);
    try {
      await writer.extend([4, 5]);
      throw new Error("half-way");
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }).rejects.toThrow("half-way");
  expect(readFileSync(path)).toStrictEqual(before);
  expect(read(path)).toStrictEqual([1, 2, 3]);
  expect(
    readdirSync(dirname(path)).filter((name) => !name.startsWith(basename(path))),
  ).toStrictEqual([]);
});

test("W26: commits reach the disk on demand, damage is found, and an index is repaired", async () => {
  const path = join(tempFolder(), "data.jsonl");
  {
    await using writer = await JsonlWriter.open(path, { mode: "append", durability: "disk" });
    await writer.extend(numbers(100));
    await writer.commit();
  }
  const data = readFileSync(path);
  writeFileSync(`${path}.idx`, indexFile(data.length, [0, ...numbers(99).map(() => 2)]));
  rmSync(`${path}.seal`, { force: true });
  using reader = JsonlReader.openSync(path, { onStaleIndex: "memory" });
  expect(reader.length).toBe(100);
  reader.rebuildIndexSync();
  expectSoundIndex(path);
  expect(reader.verifySync({ level: "full" })).toMatchObject({
    ok: true,
    records: 100,
    checked: 100,
  });
  data[10] = 0x7d;
  writeFileSync(path, data);
  using damaged = JsonlReader.openSync(path);
  const report = damaged.verifySync({ level: "full" });
  expect(report.ok).toBe(false);
  expect(report.problems[0]).toMatchObject({
    code: "NTH_DECODE_ERROR",
    offset: expect.any(Number),
  });
});

test("W27: an opening that fails says so once, and leaves nothing behind", () => {
  const folder = tempFolder();
  const path = join(folder, "data.jsonl");
  mkdirSync(path);
  for (const mode of ["write", "append"] as const) {
    const code = codeOf(() => {
      using writer = JsonlWriter.openSync(path, { mode });
      writer.appendSync(1);
    });
    expect(code).toMatch(/^NTH_/);
  }
  expect(codeOf(() => JsonlReader.openSync(path))).toMatch(/^NTH_/);
  expect(codeOf(() => JsonlReader.openSync(join(folder, "none.jsonl")))).toBe("NTH_NOT_FOUND");
  expect(readdirSync(folder).filter((name) => !name.startsWith("data.jsonl"))).toStrictEqual([]);
});

test("W28: after another program has appended, only what is new is scanned", () => {
  const data = Buffer.from(`${numbers(300_000).join("\n")}\n`);
  const store = new CountingStore();
  const write = (name: string, bytes: Uint8Array): void => {
    const sink = store.createSync(name);
    sink.writeSync(0, bytes);
    sink.closeSync();
  };
  write("data", data);
  write("data.idx", indexOf(data));
  write("grown", Buffer.concat([data, Buffer.from('"new"\n')]));
  store.renameSync("grown", "data");
  using reader = JsonlReader.openSync({ store, name: "data" });
  expect([reader.length, reader.getSync(300_000)]).toStrictEqual([300_001, "new"]);
  // Not the data, and of the index no more than a copy of it takes.
  expect(store.bytes.get("data")).toBeLessThan(100_000);
});

test("a data file that took another's place by rename is noticed", () => {
  const path = written([{ k: "aaaa" }, { k: "b" }]);
  const other = written([{ k: "a" }, { k: "bbbb" }], "other.jsonl");
  renameSync(other, path);
  expect(read(path)).toStrictEqual([{ k: "a" }, { k: "bbbb" }]);
});
