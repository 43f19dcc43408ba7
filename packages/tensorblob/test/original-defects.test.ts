import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MemoryStore } from "@nthrec/core";
import { FaultStore } from "@nthrec/core/testkit";
import { build } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";
import { TestHttpServer } from "../../core/test/support/http-server.ts";
import { TensorBlob, TensorBlobReader, TensorBlobWriter, TensorDB } from "../src/index.ts";
import { blobOf, codeOf, contents, firsts, pairs, rows } from "./support/blobs.ts";
import { tempFolder } from "./support/temp.ts";

// What is wrong with the original, by number, and how it is here.

const open = TensorBlob.openSync;
const path = (): string => join(tempFolder(), "a.blob");
const blocks = (folder: string): string[] =>
  (JSON.parse(readFileSync(join(folder, ".stat"), "utf8")) as { bds: string[] }).bds;

describe("T1: killed before close", () => {
  test("what was appended is there", () => {
    const made = blobOf(path(), 4);
    const killed = open(made, "a");
    killed.writeSync(rows(3, 4));
    expect(contents(made)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
  test("what was not published is collected, in time", async () => {
    const made = blobOf(path(), 4);
    const orphan = "0c4f1f3a-7c57-4d9e-8f3a-0123456789ab";
    writeFileSync(join(made, orphan), new Uint8Array(24));
    writeFileSync(join(made, `.stat.new-${orphan}`), "{");
    open(made, "a").closeSync();
    // It may be of a program of the original that is still at work.
    expect(readdirSync(made)).toContain(orphan);
    expect(await TensorBlob.sweep(made, { minimumAgeMs: 60_000 })).toEqual([]);
    expect([...(await TensorBlob.sweep(made))].sort()).toEqual([`.stat.new-${orphan}`, orphan]);
    expect(contents(made)).toEqual([0, 1, 2, 3]);
    expect(TensorBlob.sweepSync(made)).toEqual([]);
  });
  test("an old orphan goes with the next opening for writing", () => {
    const made = blobOf(path(), 4);
    const orphan = join(made, "0c4f1f3a-7c57-4d9e-8f3a-0123456789ab");
    writeFileSync(orphan, "");
    execFileSync("touch", ["-d", "1 hour ago", orphan]);
    open(made, "a").closeSync();
    expect(existsSync(orphan)).toBe(false);
  });
});

test("T2: a blob with orphans is removed whole", () => {
  const made = blobOf(path(), 4);
  writeFileSync(join(made, "0c4f1f3a-7c57-4d9e-8f3a-0123456789ab"), "lost");
  expect(TensorBlob.unlinkSync(made)).toBe(true);
  expect(existsSync(made)).toBe(false);
});

test("T3: a state is never half written, and one that is can be replaced or removed", () => {
  const made = blobOf(path(), 4);
  const whole = readFileSync(join(made, ".stat"));
  for (const length of [0, 5, whole.length - 1]) {
    writeFileSync(join(made, ".stat"), whole.subarray(0, length));
    expect(codeOf(() => open(made))).toBe("NTH_CORRUPTION");
    expect(codeOf(() => open(made, "a"))).toBe("NTH_CORRUPTION");
  }
  expect(contents(blobOf(made, 2))).toEqual([0, 1]);
  expect(readdirSync(made).sort()).toEqual([".conf", ".stat", ...blocks(made)].sort());
  writeFileSync(join(made, ".conf"), "{");
  expect(codeOf(() => open(made, "w"))).toBe("NTH_CORRUPTION");
  expect(contents(blobOf(made, 3))).toEqual([0, 1, 2]);
});

test.each([
  ["a length that is none", { len: -1, bds: [] }],
  ["more tensors than blocks", { len: 4, bds: ["a"] }],
  ["a block twice", { len: 4, bds: ["a", "a"] }],
  ["a block elsewhere", { len: 1, bds: ["../a"] }],
  ["no object", 7],
])("a state that claims %s is refused", (_, stat) => {
  const made = blobOf(path(), 4);
  writeFileSync(join(made, ".stat"), JSON.stringify(stat));
  expect(codeOf(() => open(made))).toBe("NTH_CORRUPTION");
});

test.each([
  [
    "another class",
    { __notes__: { class_name: "Other" }, block_size: 1, dtype: "int8", shape: [] },
  ],
  ["no fields", { __notes__: { class_name: "TensorBlob" } }],
])("a configuration of %s is refused", (_, conf) => {
  const made = blobOf(path(), 4);
  writeFileSync(join(made, ".conf"), JSON.stringify(conf));
  expect(codeOf(() => open(made))).toBe("NTH_CORRUPTION");
});

test("a class that is named with its module is the same", () => {
  const made = blobOf(path(), 4);
  const file = join(made, ".conf");
  const text = readFileSync(file, "utf8").replace('"TensorBlob"', '"tensorblob._blob.TensorBlob"');
  writeFileSync(file, text);
  open(made, "a").writeSync(rows(1, 4));
  expect(contents(made)).toEqual([0, 1, 2, 3, 4]);
  expect(readFileSync(file, "utf8")).toBe(text);
});

describe("T4: several appenders", () => {
  test("of several programs lose nothing", async () => {
    const made = blobOf(path(), 0);
    const program = join(tempFolder(), "append.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("support/append.ts", import.meta.url))],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@nthrec/source"],
      target: "node20",
      logLevel: "error",
    });
    const ends = [1000, 2000, 3000].map((from) => {
      const child = spawn(process.execPath, [program, made, String(from), "40"], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      return new Promise<number | null>((resolve) => child.on("exit", resolve));
    });
    expect(await Promise.all(ends)).toEqual([0, 0, 0]);
    const all = contents(made) as number[];
    expect(all).toHaveLength(120);
    for (const from of [1000, 2000, 3000]) {
      const own = all.filter((each) => each >= from && each < from + 1000);
      expect(own).toEqual(Array.from({ length: 40 }, (_, i) => from + i));
    }
    expect(readdirSync(made)).toHaveLength(42);
  }, 60_000);
  test("one that overwrites and one that appends in turns", () => {
    const made = blobOf(path(), 5);
    using a = open(made, "r+");
    using b = open(made, "a");
    b.writeSync(rows(2, 5));
    a.seek(4);
    a.writeSync(rows(1, 40));
    b.writeSync(rows(2, 7));
    a.truncateSync(8);
    b.writeSync(rows(1, 80));
    a.seek(0, 2);
    expect(contents(made)).toEqual([0, 1, 2, 3, 40, 5, 6, 7, 80]);
  });
  test("what the original appends is seen, and continued", () => {
    const made = blobOf(path(), 4);
    open(made, "a").writeSync(rows(1, 4));
    // The original maps the block, writes into it, and writes .stat in place.
    const last = join(made, blocks(made)[1] as string);
    const bytes = readFileSync(last);
    new Float32Array(bytes.buffer, bytes.byteOffset, 6).set([5, -5], 4);
    writeFileSync(last, bytes);
    writeFileSync(join(made, ".stat"), JSON.stringify({ len: 6, bds: blocks(made) }));
    expect(contents(made)).toEqual([0, 1, 2, 3, 4, 5]);
    using blob = open(made, "a");
    expect(blob.length).toBe(6);
    blob.writeSync(rows(1, 6));
    // And what it truncates.
    writeFileSync(join(made, ".stat"), JSON.stringify({ len: 2, bds: blocks(made).slice(0, 1) }));
    blob.writeSync(rows(1, 9));
    expect(contents(made)).toEqual([0, 1, 9]);
  });
});

describe("T5: missing and short blocks", () => {
  const lose = (folder: string, change: (path: string) => void): void =>
    change(join(folder, blocks(folder)[1] as string));
  test.each([
    ["missing", (file: string) => rmSync(file)],
    ["short", (file: string) => truncateSync(file, 7)],
  ])("a %s block is an error, and is not made anew", async (_, change) => {
    const made = blobOf(path(), 10);
    lose(made, change);
    const files = readdirSync(made);
    expect(codeOf(() => open(made, "a"))).toBe("NTH_DATA_LOST");
    using blob = open(made);
    expect(blob.getSync(2).values()).toEqual([2, -2]);
    expect(codeOf(() => blob.getSync(3))).toBe("NTH_DATA_LOST");
    await expect(blob.gather([0, 5])).rejects.toThrow(/tensors 3 to 5 of .* are lost/);
    expect(codeOf(() => blob.readSync())).toBe("NTH_DATA_LOST");
    expect(blob.getSync(9).values()).toEqual([9, -9]);
    expect(readdirSync(made)).toEqual(files);
    await using reader = await TensorBlobReader.open(made);
    await expect(reader.verify({ level: "full" })).rejects.toMatchObject({ code: "NTH_DATA_LOST" });
  });
  test("a last block that lost its tensors is not appended to", () => {
    const made = blobOf(path(), 5);
    lose(made, (file) => truncateSync(file, 8));
    expect(codeOf(() => open(made, "a"))).toBe("NTH_DATA_LOST");
  });
  test("a block without the room that it does not use is completed", () => {
    const made = blobOf(path(), 5);
    lose(made, (file) => truncateSync(file, 16));
    using blob = open(made, "a");
    blob.writeSync(rows(1, 5));
    expect(statSync(join(made, blocks(made)[1] as string)).size).toBe(24);
    expect(contents(made)).toEqual([0, 1, 2, 3, 4, 5]);
  });
  test("a reader of a blob that was replaced is told so", () => {
    const made = blobOf(path(), 10);
    using reader = open(made);
    blobOf(made, 7);
    expect(codeOf(() => reader.getSync(9))).toBe("NTH_SOURCE_CHANGED");
    reader.refreshSync();
    expect(reader.length).toBe(7);
    expect(firsts(reader.readSync())).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("T6: a full disk", () => {
  test("is an error, and the blob as it was", async () => {
    const store = new MemoryStore();
    const place = { store, name: "a" };
    {
      using blob = open(place, "w", pairs);
      blob.writeSync(rows(4));
    }
    let room = Number.POSITIVE_INFINITY;
    const full = new FaultStore(store, ({ op, bytes }) => {
      if (op !== "write" || bytes <= room) return undefined;
      return room;
    });
    const blob = await TensorBlob.open({ store: full, name: "a" }, "a+");
    room = 16;
    await expect(blob.write(rows(9, 4))).rejects.toMatchObject({ code: "NTH_IO_ERROR" });
    using reader = open(place);
    expect(firsts(reader.readSync())).toEqual([0, 1, 2, 3]);
    room = Number.POSITIVE_INFINITY;
    await blob.close().catch(() => {});
    expect(TensorBlob.sweepSync(place)).toBeDefined();
  });
  test("of this machine, where it may be mounted", () => {
    const folder = join(tempFolder(), "small");
    mkdirSync(folder);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", folder], {
        stdio: "ignore",
      });
    } catch {
      return;
    }
    onTestFinished(() => void execFileSync("umount", [folder]));
    const made = join(folder, "a.blob");
    const options = { dtype: "uint8", shape: [4096], blockSize: 256 };
    {
      using blob = open(made, "w", options);
      blob.writeSync(new Uint8Array(8 * 4096).fill(1));
    }
    using blob = open(made, "a");
    expect(codeOf(() => blob.writeSync(new Uint8Array(1024 * 4096).fill(2)))).toBe("NTH_IO_ERROR");
    using reader = open(made);
    expect(reader.length).toBe(8);
    expect(reader.getSync(7).data[4095]).toBe(1);
  });
});

test("T7: a failure during a fast extend leaves every tensor (see also crash.test.ts)", () => {
  const store = new MemoryStore();
  for (const [name, count] of [
    ["a", 5],
    ["b", 9],
  ] as const) {
    using blob = open({ store, name }, "w", pairs);
    blob.writeSync(rows(count));
  }
  const files = store.listSync();
  let renames = 0;
  const failing = new FaultStore(store, ({ op, name }) =>
    op === "rename" && name === "a/.stat" && ++renames === 1 ? 0 : undefined,
  );
  const blob = open({ store: failing, name: "a" }, "r+");
  expect(() => blob.extendSync(open({ store, name: "b" }))).toThrow(/no space/);
  using reader = open({ store, name: "a" });
  expect(firsts(reader.readSync())).toEqual([0, 1, 2, 3, 4]);
  expect(TensorBlob.sweepSync({ store, name: "a" })).toBeDefined();
  expect(store.listSync().filter((name) => name !== "a.seal")).toEqual(
    files.filter((name) => name !== "a.seal"),
  );
});

test("T8: an error in the second column leaves the rows aligned", () => {
  const made = path();
  const schema = { a: ["int32", []], b: ["int32", []] } as const;
  using db = TensorDB.openSync(made, "w+", { schema });
  db.writeSync({ a: [1, 2, 3], b: [1, 2, 3] });
  expect(codeOf(() => db.writeSync({ a: [4, 5], b: [0.5, 0.5] }))).toBe("NTH_INVALID_VALUE");
  db.writeSync({ a: [100], b: [100] });
  using reader = TensorDB.openSync(made);
  const all = reader.sliceSync();
  expect(all["a"]?.values()).toEqual([1, 2, 3, 100]);
  expect(all["b"]?.values()).toEqual([1, 2, 3, 100]);
});

test.skipIf(process.platform !== "linux")("T9: who reads cannot write", () => {
  const made = blobOf(path(), 10);
  using blob = open(made);
  blob.readSync()?.data.fill(9 as never);
  const flags = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
      const target = execFileSync("readlink", [`/proc/${process.pid}/fd/${fd}`], {
        encoding: "utf8",
      });
      return target.startsWith(made)
        ? [Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? "", 8)]
        : [];
    } catch {
      return [];
    }
  });
  expect(flags.length).toBeGreaterThan(0);
  for (const flag of flags) expect(flag & 0o3).toBe(0);
  expect(contents(made)[0]).toBe(0);
});

describe("T10: what the original lacks", () => {
  test("a lock: nobody writes while a blob is replaced", async () => {
    const made = blobOf(path(), 2);
    using _first = open(made, "w");
    await expect(TensorBlob.open(made, "a", { lockTimeoutMs: 20 })).rejects.toMatchObject({
      code: "NTH_LOCKED",
    });
    expect(codeOf(() => TensorBlob.unlinkSync(made, { lockTimeoutMs: 20 }))).toBe("NTH_LOCKED");
  });
  test("remote blobs", async () => {
    const made = blobOf(path(), 10);
    await using server = await TestHttpServer.start();
    for (const name of readdirSync(made))
      server.put(`/a.blob/${name}`, readFileSync(join(made, name)));
    await using blob = await TensorBlob.open(`${server.origin}/a.blob/`);
    expect(firsts(await blob.read())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(firsts(await blob.gather([9, 0]))).toEqual([9, 0]);
    expect(codeOf(() => blob.getSync(0))).toBe("NTH_NOT_SUPPORTED");
    await expect(TensorBlob.open(new URL(`${server.origin}/a.blob`), "a")).rejects.toMatchObject({
      code: "NTH_READONLY",
    });
    await using reader = await TensorBlobReader.open(new URL(`${server.origin}/a.blob/`));
    expect((await reader.get(4)).values()).toEqual([4, -4]);
    await expect(TensorBlob.open(`${server.origin}/b.blob`)).rejects.toMatchObject({
      code: "NTH_NOT_FOUND",
    });
  });
  test("remote databases", async () => {
    const made = path();
    TensorDB.openSync(made, "w", { schema: { x: ["int8", []] } }).writeSync({ x: [1, 2, 3] });
    await using server = await TestHttpServer.start();
    for (const name of readdirSync(made, { recursive: true, encoding: "utf8" })) {
      const file = join(made, name);
      if (statSync(file).isFile()) server.put(`/d/${name}`, readFileSync(file));
    }
    await using db = await TensorDB.open(`${server.origin}/d/`);
    expect((await db.read())?.["x"]?.values()).toEqual([1, 2, 3]);
    await expect(TensorDB.open(`${server.origin}/d`, "a")).rejects.toMatchObject({
      code: "NTH_READONLY",
    });
  });
  test("block_size 0 fails at once", () => {
    expect(codeOf(() => open(path(), "w", { ...pairs, blockSize: 0 }))).toBe("NTH_INVALID_VALUE");
  });
  test("a block takes the room of its tensors, not of its slots", () => {
    const made = path();
    {
      using blob = open(made, "w", { dtype: "float32", shape: 768 });
      blob.writeSync(new Float32Array(768).fill(1));
    }
    const stat = statSync(join(made, blocks(made)[0] as string));
    expect(stat.size).toBe(8192 * 768 * 4);
    expect(stat.blocks * 512).toBeLessThan(1024 * 1024);
  });
  test("readers that follow", async () => {
    const made = blobOf(path(), 2);
    await using reader = await TensorBlobReader.open(made);
    await using writer = await TensorBlobWriter.open(made, { mode: "append" });
    setTimeout(() => void writer.append([2, -2]), 50);
    const seen: unknown[] = [];
    for await (const tensor of reader.follow()) {
      seen.push(tensor.values()[0]);
      if (seen.length === 1) await writer.append([3, -3]);
      else break;
    }
    expect(seen).toEqual([2, 3]);
  });
  test("durability to the disk", async () => {
    const made = path();
    await using blob = await TensorBlob.open(made, "w+", { ...pairs, durability: "disk" });
    await blob.write(rows(4));
    await blob.truncate(2);
    await blob.write(rows(2, 2));
    expect(firsts(await blob.slice())).toEqual([0, 1, 2, 3].slice(0, blob.length));
    const schema = { x: ["int8", []] } as const;
    await using db = await TensorDB.open(`${made}.db`, "w+", { schema, durability: "disk" });
    await db.write({ x: [1, 2, 3] });
    expect((await db.read(9))?.["x"]).toBeUndefined();
  });
});

test("blocks are on the disk before a state names them", () => {
  const store = new MemoryStore();
  const log: string[] = [];
  const durable = new FaultStore(store, ({ op, name }) => {
    log.push(`${op} ${name}`);
    return undefined;
  });
  const place = { store: durable, name: "a" };
  const options = { ...pairs, durability: "disk" } as const;
  const schema = { x: ["int8", []], y: ["int8", []] } as const;
  const check = (): void => {
    const dirty = new Set<string>();
    for (const line of log.splice(0)) {
      const [op, name = ""] = line.split(" ");
      const isBlock = /[0-9a-f]{8}-[0-9a-f]{4}-4/.test(name) && !name.includes(".new-");
      if (op === "write" && (isBlock || name.includes(".new-"))) dirty.add(name);
      if (op === "flush" || op === "remove") dirty.delete(name);
      if (op === "rename") expect([...dirty], line).toEqual([]);
    }
  };
  const blob = open(place, "w+", options);
  blob.writeSync(rows(5));
  blob.flushSync();
  blob.seek(1);
  blob.writeSync(rows(2, 10));
  blob.truncateSync(4);
  blob.closeSync();
  const appended = open(place, "a", options);
  appended.writeSync(rows(4));
  appended.closeSync();
  expect(log.some((line) => line.startsWith("flush a/"))).toBe(true);
  check();
  const db = TensorDB.openSync({ store: durable, name: "d" }, "w", {
    schema,
    blockSize: 2,
    durability: "disk",
  });
  db.writeSync({ x: [1, 2, 3], y: [1, 2, 3] });
  db.seek(1);
  db.writeSync({ x: [1], y: [2] });
  db.truncateSync(1);
  db.closeSync();
  expect(log.some((line) => line.startsWith("flush d/x/"))).toBe(true);
  check();
});
