import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { MemoryStore, UrlStore } from "../../src/index.ts";
import { openShards, openShardsSync, type ShardSpec } from "../../src/shards/index.ts";
import { scratchFolder } from "../platform/support/scratch.ts";
import { TestHttpServer } from "../support/http-server.ts";
import { LineReader } from "../support/line-format.ts";
import { folderOf, lines, numbered, storeOf } from "./line-sets.ts";

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 });

const train = {
  "train-00000-of-00003.txt": ["a0", "a1"],
  "train-00001-of-00003.txt": ["b0"],
  "train-00002-of-00003.txt": ["c0", "c1", "c2"],
};
const all = ["a0", "a1", "b0", "c0", "c1", "c2"];
const code = (value: string): unknown => expect.objectContaining({ code: value });

/** The records of a set, which must be the same in both ways of opening. */
async function records(spec: ShardSpec, options = {}): Promise<string[]> {
  await using waited = await openShards(LineReader, spec, options);
  const list: string[] = [];
  for await (const record of waited) list.push(record);
  using now = openShardsSync(LineReader, spec, options);
  expect([...now]).toEqual(list);
  expect(now.shards).toEqual(waited.shards);
  return list;
}

/** What opening fails with, which must be the same in both ways. */
async function failure(spec: ShardSpec, options = {}): Promise<Error & { code?: string }> {
  const error = await openShards(LineReader, spec, options).then(
    () => expect.unreachable("it opened"),
    (reason: Error) => reason,
  );
  expect(() => openShardsSync(LineReader, spec, options)).toThrow(error.message);
  return error;
}

describe("a set in a folder", () => {
  const others = { "test-00000-of-00001.txt": ["t"], "notes.md": ["n"] };

  test.each([
    "train@3.txt",
    "train@*.txt",
    "train-*.txt",
    "train-?????-of-00003.txt",
    "train-00001-of-00003.txt",
  ])("%s", async (pattern) => {
    const folder = folderOf({ ...train, ...others });
    expect(await records(join(folder, pattern))).toEqual(all);
    // Their indexes lie there now, and are no shards.
    expect(await records(join(folder, pattern))).toEqual(all);
    expect(
      await records(
        pathToFileURL(folder).href + (pattern.includes("?") ? "/train@3.txt" : `/${pattern}`),
      ),
    ).toEqual(all);
    const store = storeOf({ ...train, ...others });
    expect(await records({ store, name: pattern })).toEqual(all);
  });

  test("the folder itself", async () => {
    const folder = folderOf(train);
    writeFileSync(join(folder, ".hidden"), "x");
    writeFileSync(join(folder, "train-00000-of-00003.txt.seal"), "x");
    writeFileSync(join(folder, "late.txt.new-abc"), "x");
    mkdirSync(join(folder, "deeper"));
    expect(await records(folder)).toEqual(all);
    expect(await records(`${folder}/`)).toEqual(all);
    expect(await records(storeOf(train))).toEqual(all);
    writeFileSync(join(folder, "README"), "x");
    expect((await failure(folder)).message).toContain("(.txt, no extension): pass a pattern");
  });

  test("a list of paths, patterns, parts and bytes, in its order", async () => {
    const folder = folderOf({ ...train, "x.txt": ["x0", "x1", "x2", "x3"] });
    const path = join(folder, "x.txt");
    const list = [
      `${path}[1:3]`,
      join(folder, "train-00001-of-00003.txt"),
      { filename: path, skip: 3 },
      { filename: pathToFileURL(path), skip: 0, take: 1, examplesInShard: 4 },
      lines("bytes"),
      { filename: lines("1", "2", "3"), skip: 1, take: 1 },
      join(folder, "train@3.txt"),
      `${path}[2:2]`,
    ];
    expect(await records(list)).toEqual(["x1", "x2", "b0", "x3", "x0", "bytes", "2", ...all]);
    expect(await records(`${path}[1:3]`)).toEqual(["x1", "x2"]);
    expect(await records({ filename: path, take: 2 })).toEqual(["x0", "x1"]);
    expect(await records(path)).toEqual(numbered("x", 4));
  });

  test("in several folders, in their order", async () => {
    const folder = folderOf({
      "2023/a/p@2.txt": ["x"],
      "2024/a/part-0.txt": ["4a0"],
      "2024/a/part-1.txt": ["4a1"],
      "2024/b/other.txt": ["no"],
      "2025/a/part-0.txt": ["5a0"],
      "2025/a/n-00000-of-00001.txt": ["n5"],
      "n-00000-of-00001.txt": ["no"],
    });
    symlinkSync(join(folder, "2025"), join(folder, "latest"));
    symlinkSync(join(folder, "nowhere"), join(folder, "2026"));
    const parts = join(folder, "20*", "?", "part-*.txt");
    expect(await records(parts)).toEqual(["4a0", "4a1", "5a0"]);
    await using set = await openShards(LineReader, parts);
    expect(set.shards[2]?.name).toBe("2025/a/part-0.txt");
    expect(await records(join(folder, "*", "a", "part-0.txt"))).toEqual(["4a0", "5a0", "5a0"]);
    expect(await records(join(folder, "*", "a", "n@1.txt"))).toEqual(["n5", "n5"]);
    expect(await records(join(folder, "2023", "[a]", "p@2.txt"))).toEqual(["x"]);
    expect((await failure(join(folder, "*", "none*"))).code).toBe("NTH_NOT_FOUND");
    expect((await failure(join(folder, "none", "*", "part-*"))).code).toBe("NTH_NOT_FOUND");
    const odd = folderOf({ "a[1]/x.txt": ["x"] });
    expect(await records(join(odd, "a[1]", "*.txt"))).toEqual(["x"]);
    expect(await records(join(odd, "a[1]", "x.txt"))).toEqual(["x"]);
  });

  test("a file of exactly this name is meant by it", async () => {
    const folder = folderOf({ "a@2.txt": ["a"], "b[1].txt": ["b"], "c*.txt": ["c"] });
    for (const name of ["a@2.txt", "b[1].txt", "c*.txt"]) {
      expect(await records(join(folder, name))).toEqual([name[0]]);
    }
  });

  test("shards are in order of number, all else in order of name", async () => {
    const names = { "p-2-of-11": ["2"], "p-10-of-11": ["10"], b: ["b"], B: ["B"], "b-1": ["-"] };
    const folder = folderOf(names);
    expect(await records(join(folder, "*"), { missing: "skip" })).toEqual([
      "B",
      "b",
      "-",
      "2",
      "10",
    ]);
  });

  test("links are followed to their index, and keep their name", async () => {
    const folder = folderOf({ "blobs/abc": ["1"], "blobs/def": ["2"] });
    for (const [i, blob] of ["abc", "def"].entries()) {
      symlinkSync(join(folder, "blobs", blob), join(folder, `s-0000${i}-of-00002`));
    }
    await using set = await openShards(LineReader, join(folder, "s@2"));
    expect(set.shards.map(({ name }) => name)).toEqual(["s-00000-of-00002", "s-00001-of-00002"]);
    expect(await set.locate(1)).toMatchObject({ shard: 1, name: "s-00001-of-00002", index: 0 });
  });
});

describe("what is not there", () => {
  const some = { "t-00000-of-00005": ["0"], "t-00003-of-00005": ["3"] };

  test.each(["t@5", "t@*", "t-*", "t-00003-of-00005"])(
    "%s names the missing shards",
    async (pattern) => {
      const folder = folderOf(some);
      for (const spec of [join(folder, pattern), { store: storeOf(some), name: pattern }]) {
        const error = await failure(spec);
        expect(error.code).toBe("NTH_NOT_FOUND");
        expect(error.message).toContain("of 5 shards 3 are missing: 1, 2, 4 (t-00001-of-00005, …)");
        await using set = await openShards(LineReader, spec, { missing: "skip" });
        expect(await set.getMany([1, 0])).toEqual(["3", "0"]);
        expect(set.missing.map(({ number }) => number)).toEqual([1, 2, 4]);
        const report = await set.verify();
        expect([report.ok, report.problemCount, report.shards]).toEqual([false, 3, 2]);
      }
    },
  );

  test("a pattern that leaves shards out on purpose misses none of them", async () => {
    const folder = folderOf(some);
    expect(await records(join(folder, "t-0000[03]*"))).toEqual(["0", "3"]);
  });

  test("members of a list", async () => {
    const folder = folderOf(some);
    const list = ["a", "t-00000-of-00005", "b", "c"].map((name) => join(folder, name));
    const error = await failure(
      list.filter((path) => !path.endsWith("b")).map((filename) => ({ filename })),
    );
    expect(error.message).toContain("of 3 shards 2 are missing: 0, 2");
    const files = list.map((filename) => ({ filename }));
    await using set = await openShards(LineReader, files, { missing: "skip" });
    expect(set.missing.map(({ number }) => number)).toEqual([0, 2, 3]);
    using now = openShardsSync(LineReader, files, { missing: "skip" });
    expect([...now]).toEqual(["0"]);
    expect((await failure([files[0] as never], { missing: "skip" })).code).toBe("NTH_NOT_FOUND");
  });

  test("nothing at all", async () => {
    const folder = folderOf({ "a.txt": ["a"] });
    for (const name of ["b@4", "b@*", "b-*", "b-00000-of-00002", "none", "none/b-*"]) {
      expect((await failure(join(folder, name))).code).toBe("NTH_NOT_FOUND");
    }
    expect((await failure(scratchFolder())).message).toContain("holds no file");
    expect((await failure([])).code).toBe("NTH_INVALID_VALUE");
  });

  test("two sets of one name", async () => {
    const folder = folderOf({ ...some, "t-00000-of-00002": ["x"], "t-00001-of-00002": ["y"] });
    for (const pattern of ["t@*", "t-*"]) {
      expect((await failure(join(folder, pattern))).message).toContain("say which, as in t@2");
    }
    expect(await records(join(folder, "t@2"))).toEqual(["x", "y"]);
  });

  test.each([
    { filename: "a", skip: -1 },
    { filename: "a", take: 1.5 },
    { filename: "a", examplesInShard: -2 },
    "a[3:2]",
    "a@0",
    "a@1000001.txt",
  ])("no set: %j", async (spec) => {
    expect((await failure(spec)).code).toBe("NTH_INVALID_VALUE");
  });

  test("a part behind the end of its file, when it is read", async () => {
    const store = storeOf({ a: ["0", "1", "2"] });
    const entry = { store, name: "a" };
    await using set = await openShards(LineReader, { filename: entry, skip: 1, take: 5 });
    expect(set.length).toBe(5);
    await expect(set.get(0)).rejects.toThrow(
      'records [1, 6) were asked of a, which has 3: lengths: "files" takes what is there',
    );
    await expect(openShards(LineReader, { filename: entry, skip: 4 })).rejects.toThrow("[4, …)");
    expect(() => set.getSync(0)).toThrow(code("NTH_OUT_OF_RANGE"));
  });

  test("a part behind the end of its file is what is there, where files are asked", async () => {
    const filename = join(folderOf({ a: ["0", "1", "2"], b: ["3"] }), "a");
    const lengths = "files";
    expect(await records(`${filename}[1:100]`, { lengths })).toEqual(["1", "2"]);
    expect(await records(`${filename}[0:2]`, { lengths })).toEqual(["0", "1"]);
    expect(await records({ filename, skip: 1, take: 5 }, { lengths })).toEqual(["1", "2"]);
    expect(await records({ filename, skip: 2 }, { lengths })).toEqual(["2"]);
    const nothing = [
      { filename, skip: 4 },
      { filename, skip: 4, take: 2 },
      { filename, skip: 3 },
    ];
    for (const part of nothing) expect(await records(part, { lengths })).toEqual([]);
    // What is behind an end takes no place in a set, and its neighbours keep theirs.
    const set = [`${filename}[2:9]`, `${filename}[7:9]`, filename.replace(/a$/, "b")];
    expect(await records(set, { lengths, maxOpen: 1 })).toEqual(["2", "3"]);
  });

  test("wrong options", async () => {
    for (const maxOpen of [0, 1.5, Number.NaN]) {
      await expect(openShards(LineReader, [lines("a")], { maxOpen })).rejects.toThrow(TypeError);
    }
    const signal = AbortSignal.abort();
    await expect(openShards(LineReader, [lines("a")], { signal })).rejects.toThrow(
      code("NTH_ABORTED"),
    );
  });
});

describe("over HTTP", () => {
  async function served(files: Readonly<Record<string, readonly string[]>>) {
    const server = await TestHttpServer.start();
    for (const [name, records] of Object.entries(files))
      server.put(`/d/${name}`, lines(...records));
    return server;
  }

  test("a count, a list, parts; nothing that would need a listing", async () => {
    await using server = await served(train);
    const base = `${server.origin}/d`;
    const lists: ShardSpec[] = [
      `${base}/train@3.txt`,
      new URL(`${base}/train@3.txt?key=1`),
      `${base}/train-00002-of-00003.txt`,
      Object.keys(train).map((name) => `${base}/${name}`),
      { store: new UrlStore(`${base}/`), name: "train@3.txt" },
    ];
    for (const spec of lists) {
      await using set = await openShards(LineReader, spec);
      expect(await set.getMany(all.keys())).toEqual(all);
    }
    expect(server.requests.some(({ query }) => query === "?key=1")).toBe(true);
    await using part = await openShards(LineReader, `${base}/train-00002-of-00003.txt[1:3]`);
    expect(await part.getMany([0, 1])).toEqual(["c1", "c2"]);
    for (const pattern of ["train@*.txt", "d/"]) {
      const opening = openShards(LineReader, `${base}/${pattern}`);
      await expect(opening).rejects.toThrow(expect.objectContaining({ name: "NthrecError" }));
    }
    expect(() => openShardsSync(LineReader, `${base}/train@3.txt`)).toThrow(
      code("NTH_NOT_SUPPORTED"),
    );
  });

  test("missing shards by number, too", async () => {
    await using server = await served(train);
    server.delete("/d/train-00001-of-00003.txt");
    const url = `${server.origin}/d/train@3.txt`;
    await expect(openShards(LineReader, url)).rejects.toThrow(
      "of 3 shards 1 are missing: 1 (train-00001-of-00003.txt)",
    );
    await using set = await openShards(LineReader, url, { missing: "skip" });
    expect(set.length).toBe(5);
    expect(set.missing).toEqual([{ name: "train-00001-of-00003.txt", number: 1 }]);
  });

  test("a TFDS folder, by its description, with nothing else opened before it is wanted", async () => {
    await using server = await served({
      "dataset_info.json": [
        JSON.stringify({
          name: "t",
          splits: [
            {
              name: "train",
              shardLengths: ["2", "1", "3"],
              filepathTemplate: "{SPLIT}-{SHARD_X_OF_Y}.txt",
            },
          ],
        }),
      ],
      ...train,
    });
    await using set = await openShards(LineReader, `${server.origin}/d/`);
    expect(set.length).toBe(6);
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(
      new Set(["/d/dataset_info.json"]),
    );
    expect(await set.get(2)).toBe("b0");
  });

  test("a TFDS folder with shards in folders of their own, with its query", async () => {
    const template = "{SPLIT}/{SHARD_INDEX}.txt";
    const splits = [{ name: "dev", shardLengths: ["1"], filepathTemplate: template }];
    await using server = await served({
      "dataset_info.json": [JSON.stringify({ name: "t", splits })],
      "dev/00000.txt": ["x"],
    });
    await using set = await openShards(LineReader, `${server.origin}/d/dataset_info.json?key=1`);
    expect(await set.get(0)).toBe("x");
    expect(server.requests.every(({ query }) => query === "?key=1")).toBe(true);
  });
});

test("a Blob, a File and a store in a list", async () => {
  const blob = new Blob([lines("a") as BlobPart]);
  const file = new File([lines("b") as BlobPart], "named.txt");
  const list = [
    blob,
    file,
    { filename: blob, take: 1 },
    { store: storeOf({ c: ["c"] }), name: "c" },
  ];
  await using set = await openShards(LineReader, list);
  expect(await set.getMany([3, 2, 1, 0])).toEqual(["c", "a", "b", "a"]);
  expect(set.shards.map(({ name }) => name)).toEqual(["a Blob", "named.txt", "a Blob", "c"]);
});

test("shards that move away after the set was opened are missing by number", async () => {
  const folder = folderOf(train);
  await using set = await openShards(LineReader, join(folder, "train@3.txt"), { maxOpen: 1 });
  renameSync(join(folder, "train-00001-of-00003.txt"), join(folder, "gone"));
  await expect(set.get(2)).rejects.toThrow("shard 1 of");
  expect(() => set.getSync(2)).toThrow(code("NTH_NOT_FOUND"));
  expect(await set.get(0)).toBe("a0");
  const report = set.verifySync();
  expect(report.problems.map((each) => [each.code, each.shard, each.name])).toEqual([
    ["NTH_NOT_FOUND", 1, "train-00001-of-00003.txt"],
  ]);
});

test("a store that can only be waited for", async () => {
  const memory = storeOf(train);
  const store = {
    name: "slow",
    open: (name: string) => memory.open(name),
    list: () => memory.list(),
    create: () => expect.unreachable(),
    rename: () => expect.unreachable(),
    remove: () => expect.unreachable(),
  };
  await using set = await openShards(LineReader, store, { index: "memory" });
  expect(await set.getMany(all.keys())).toEqual(all);
  await using counted = await openShards(
    LineReader,
    { store, name: "train@*.txt" },
    { index: "memory" },
  );
  expect(counted.length).toBe(6);
  expect(() => openShardsSync(LineReader, store)).toThrow(code("NTH_NOT_SUPPORTED"));
  expect(new MemoryStore().listSync()).toEqual([]);
});
