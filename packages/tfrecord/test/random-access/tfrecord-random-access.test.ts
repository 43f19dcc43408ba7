import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MemoryStore } from "@nthrec/core";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  decodeExample,
  encodeExample,
  exampleKey,
  type FeatureInputs,
  TFRecordRandomAccess,
  TFRecordReader,
  TFRecordWriter,
} from "../../src/index.ts";
import { keyIndexName } from "../../src/random-access/key-name.ts";
import { featureMap } from "../support/arbitrary-example.ts";
import { property } from "../support/seed.ts";
import { tarBytes } from "../support/tar-bytes.ts";
import { tempFolder } from "../support/temp.ts";

const row = (key: string, more: FeatureInputs = {}): Uint8Array =>
  encodeExample({
    key,
    label: { int64s: [7n, 2n ** 60n] },
    box: Float32Array.of(0.5, 0.1),
    ...more,
  });

function write(path: string, records: readonly Uint8Array[]): string {
  using writer = TFRecordWriter.openSync(path);
  writer.extendSync(records);
  writer.commitSync();
  return path;
}

describe("one file", () => {
  test("everything of tfd-utils: records, features, keys, counts", async () => {
    const records = Array.from({ length: 50 }, (_, i) => row(`key ${i}`));
    const path = write(join(tempFolder(), "a.tfrecord"), records);
    await using access = await TFRecordRandomAccess.open(path);
    expect(access.length).toBe(50);
    expect((await access.getRecord("key 7"))?.feature("key")?.text()).toEqual(["key 7"]);
    expect(access.getRecordSync("key 7")?.names()).toEqual(["box", "key", "label"]);
    expect(await access.getRecord("none")).toBeNull();
    expect(await access.getRawRecord("key 9")).toEqual(records[9]);
    expect(access.getRawRecordSync("none")).toBeNull();
    expect(await access.getFeature("key 1", "label")).toBe(7);
    expect(await access.getFeatureList("key 1", "label")).toEqual([7, 2n ** 60n]);
    expect(access.getFeatureListSync("key 1", "box")).toEqual([0.5, Math.fround(0.1)]);
    expect(access.getFeatureSync("key 1", "key")).toEqual(new TextEncoder().encode("key 1"));
    expect([
      await access.getFeature("key 1", "none"),
      await access.getFeature("none", "key"),
    ]).toEqual([null, null]);
    expect([
      await access.containsKey("key 3"),
      await access.has("none"),
      access.hasSync("key 3"),
    ]).toEqual([true, false, true]);
    expect((await access.get("key 3")).size).toBe(3);
    await expect(access.get("none")).rejects.toMatchObject({ code: "NTH_KEY_NOT_FOUND" });
    expect(() => access.getSync(5)).toThrow("has the key 5");
    expect((await access.getKeys()).sort()).toEqual(records.map((_, i) => `key ${i}`).sort());
    expect(access.getStats()).toEqual({
      totalRecords: 50,
      totalFiles: 1,
      recordsPerFile: { [path]: 50 },
      indexFile: `${path}.keys-key`,
      duplicates: 0,
      missing: 0,
      damaged: 0,
    });
    await access.rebuildIndex();
    expect(access.getSync("key 49").has("key")).toBe(true);
  });

  test("grows with its file", async () => {
    const path = write(join(tempFolder(), "a.tfrecord"), [row("a"), row("b")]);
    await (await TFRecordRandomAccess.open(path)).close();
    {
      using writer = TFRecordWriter.openSync(path, { mode: "append" });
      writer.appendSync(row("c"));
    }
    await using access = await TFRecordRandomAccess.open(path);
    expect([access.length, access.hasSync("a"), access.hasSync("c")]).toEqual([3, true, true]);
  });

  test("another feature is another index; a name that no file may have is written otherwise", async () => {
    const folder = tempFolder();
    const records = [0, 1, 2].map((i) =>
      row(`k${i}`, {
        "image/file name": `f${i}.jpg`,
        id: { int64s: [i - 1] },
        score: Float32Array.of(i + 0.1),
      }),
    );
    const path = write(join(folder, "a.tfrecord"), records);
    const open = (keyFeatureName: string) => TFRecordRandomAccess.open(path, { keyFeatureName });
    await using byFile = await open("image/file name");
    expect(await byFile.getRawRecord("f1.jpg")).toEqual(records[1]);
    await using byId = await open("id");
    expect([byId.hasSync(-1), byId.hasSync(1n), byId.hasSync("1")]).toEqual([true, true, false]);
    expect((await byId.getKeys()).sort()).toEqual([-1, 0, 1]);
    await using byScore = await open("score");
    expect([
      byScore.hasSync(1.1),
      byScore.hasSync({ float: 1.1 }),
      byScore.hasSync(Math.fround(2.1)),
      byScore.hasSync(1),
    ]).toEqual([true, true, true, false]);
    expect(
      readdirSync(folder)
        .filter((name) => name.includes("keys-"))
        .sort(),
    ).toEqual([
      "a.tfrecord.keys-id",
      "a.tfrecord.keys-image=2ffile=20name",
      "a.tfrecord.keys-score",
    ]);
    await using loose = await TFRecordRandomAccess.open(path, {
      keyFeatureName: "id",
      looseKeys: true,
    });
    expect(await loose.getRawRecord("-1")).toEqual(records[0]);
  });

  test("an index named by the caller; a pickle there is refused, and stays as it is", async () => {
    const folder = tempFolder();
    const path = write(join(folder, "a.tfrecord"), [row("a")]);
    const indexFile = join(folder, "mine.index");
    await (await TFRecordRandomAccess.open(path, { indexFile })).close();
    expect(readdirSync(folder)).toContain("mine.index");
    const pickle = join(folder, "a.index");
    writeFileSync(pickle, Uint8Array.of(0x80, 4, 0x95, 0, 0));
    const refused = TFRecordRandomAccess.open(path, { indexFile: pickle });
    await expect(refused).rejects.toMatchObject({ code: "NTH_INDEX_FOREIGN" });
  });

  test("duplicates, missing keys and damage by policy, and counted", async () => {
    const path = write(join(tempFolder(), "a.tfrecord"), [
      row("a", { n: { int64s: [0] } }),
      row("a", { n: { int64s: [1] } }),
      encodeExample({ other: "x" }),
      encodeExample({ key: { bytes: [] } }),
      Uint8Array.of(0xff, 0xff),
      row("b"),
    ]);
    const skip = { missing: "skip", damaged: "skip" } as const;
    await using access = await TFRecordRandomAccess.open(path, skip);
    expect(access.getStats()).toMatchObject({
      totalRecords: 2,
      duplicates: 1,
      missing: 2,
      damaged: 1,
    });
    expect(access.getFeatureSync("a", "n")).toBe(1);
    await using first = await TFRecordRandomAccess.open(path, { ...skip, duplicates: "first" });
    expect(first.getFeatureSync("a", "n")).toBe(0);
    const open = (options: object) => TFRecordRandomAccess.open(path, { ...skip, ...options });
    await expect(open({ duplicates: "error" })).rejects.toMatchObject({
      code: "NTH_KEY_DUPLICATE",
      index: 1,
    });
    await expect(open({ missing: "error" })).rejects.toMatchObject({
      code: "NTH_KEY_NOT_FOUND",
      index: 2,
    });
    await expect(open({ damaged: "error" })).rejects.toMatchObject({ code: "NTH_CORRUPTION" });
  });

  test("progress, every so many records; a wrong interval is refused", async () => {
    const path = write(
      join(tempFolder(), "a.tfrecord"),
      Array.from({ length: 25 }, (_, i) => row(`${i}`)),
    );
    const told: number[] = [];
    const onProgress = (records: number): number => told.push(records);
    await (await TFRecordRandomAccess.open(path, { progressInterval: 10, onProgress })).close();
    await (await TFRecordRandomAccess.open(path, { progressInterval: 5, onProgress })).close();
    expect(told).toEqual([10, 20, 25]);
    await expect(TFRecordRandomAccess.open(path, { progressInterval: 0 })).rejects.toThrow(
      TypeError,
    );
  });

  test("a Blob, bytes, a store, a compressed file", async () => {
    const folder = tempFolder();
    const path = write(join(folder, "a.tfrecord"), [row("a"), row("b")]);
    using source = TFRecordReader.openSync(path);
    const frames = [source.getBytesSync(0), source.getBytesSync(1)];
    const bytes = new Uint8Array([...(frames[0] as Uint8Array), ...(frames[1] as Uint8Array)]);
    const zipped = join(folder, "b.tfrecord.gz");
    writeFileSync(zipped, gzipSync(bytes));
    const store = new MemoryStore({ entries: [["a.tfrecord", bytes]] });
    for (const data of [
      bytes,
      new Blob([bytes]),
      new File([bytes], "a.tfrecord"),
      { store, name: "a.tfrecord" },
      zipped,
    ]) {
      await using access = await TFRecordRandomAccess.open(data);
      expect(await access.getRawRecord("b")).toEqual(row("b"));
    }
    expect(store.listSync()).toContain("a.tfrecord.keys-key");
    await expect(TFRecordRandomAccess.open(join(folder, "none.tfrecord"))).rejects.toMatchObject({
      code: "NTH_NOT_FOUND",
    });
  });
});

describe("several files", () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-tfrecord-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const names = ["x-0.tfrecord", "x-1.tfrecord"];
  const paths = names.map((name, i) =>
    write(join(folder, name), [row(`${name} first`), row("both", { file: `${i}` })]),
  );

  test("a list, a pattern, a folder of them", async () => {
    for (const data of [paths, join(folder, "x-*.tfrecord"), `${folder}/`, folder]) {
      await using access = await TFRecordRandomAccess.open(data);
      expect(access.length).toBe(3);
      expect(await access.getRawRecord(`${names[1]} first`)).toEqual(row(`${names[1]} first`));
      expect(await access.getFeature("both", "file")).toEqual(new TextEncoder().encode("1"));
      expect(access.getStats()).toMatchObject({
        totalFiles: 2,
        duplicates: 1,
        indexFile: undefined,
      });
      expect(Object.values(access.getStats().recordsPerFile)).toEqual([2, 2]);
    }
  });

  test("an index of all of them where the caller says", async () => {
    const indexFile = join(folder, "all.keys");
    const options = { indexFile, duplicates: "first" } as const;
    await (await TFRecordRandomAccess.open(paths, options)).close();
    await using access = await TFRecordRandomAccess.open(paths, {
      ...options,
      onStaleIndex: "throw",
    });
    expect(await access.getFeature("both", "file")).toEqual(new TextEncoder().encode("0"));
    // The other order is another set.
    const turned = TFRecordRandomAccess.open([...paths].reverse(), {
      ...options,
      onStaleIndex: "throw",
    });
    await expect(turned).rejects.toMatchObject({ code: "NTH_INDEX_STALE" });
  });
});

describe("archives", () => {
  const archive = tarBytes([
    { name: "d/", type: "5" },
    { name: "d/a.jpg", data: "image a" },
    { name: "d/b.jpg", data: "image b" },
    { name: "d/a.json", data: "{}" },
    { name: "README", data: "no part of a record" },
    { name: "d/a.jpg", data: "image a, later" },
    { name: "c.seg.png", data: "segments" },
  ]);

  test("files with one stem are a record", async () => {
    const folder = tempFolder();
    const path = join(folder, "a.tar");
    writeFileSync(path, archive);
    writeFileSync(join(folder, "z.tar.gz"), gzipSync(archive));
    for (const data of [
      path,
      join(folder, "z.tar.gz"),
      archive,
      new Blob([new Uint8Array(archive)]),
      new File([new Uint8Array(archive)], "x.tar"),
    ]) {
      await using access = await TFRecordRandomAccess.open(data);
      expect((await access.getKeys()).sort()).toEqual(["c.seg", "d/a", "d/b"]);
      expect((await access.getRecord("d/a"))?.names()).toEqual(["jpg", "json"]);
      expect(await access.getFeature("d/a", "jpg")).toEqual(
        new TextEncoder().encode("image a, later"),
      );
      expect(await access.getFeature("d/b", "json")).toBeNull();
      expect([await access.getRecord("README"), await access.has("d/a"), access.length]).toEqual([
        null,
        true,
        3,
      ]);
      const raw = (await access.getRawRecord("d/b")) as Uint8Array;
      expect(decodeExample(raw).feature("jpg")?.text()).toEqual(["image b"]);
      expect(access.getStats()).toMatchObject({
        totalRecords: 3,
        totalFiles: 1,
        missing: 1,
        duplicates: 0,
      });
    }
  });

  test("by the first dot, as WebDataset has it; parts that come twice by policy", async () => {
    await using first = await TFRecordRandomAccess.open(archive, {
      stem: "first",
      duplicates: "first",
    });
    expect(first.getFeatureSync("c", "seg.png")).toEqual(new TextEncoder().encode("segments"));
    expect(first.getFeatureSync("d/a", "jpg")).toEqual(new TextEncoder().encode("image a"));
    const mistyped = TFRecordRandomAccess.open(archive, { stem: "frist" as "first" });
    await expect(mistyped).rejects.toThrow('stem is one of "last", "first", not "frist"');
    await using strict = await TFRecordRandomAccess.open(archive, { duplicates: "error" });
    await expect(strict.get("d/a")).rejects.toMatchObject({ code: "NTH_KEY_DUPLICATE" });
    expect(strict.getSync("d/b").size).toBe(1);
    await expect(TFRecordRandomAccess.open(archive, { missing: "error" })).rejects.toMatchObject({
      code: "NTH_KEY_NOT_FOUND",
    });
  });

  test("several archives are one", async () => {
    const other = tarBytes([
      { name: "d/b.json", data: "[]" },
      { name: "e.txt", data: "e" },
    ]);
    await using access = await TFRecordRandomAccess.open([archive, other]);
    expect((await access.get("d/b")).names()).toEqual(["jpg", "json"]);
    expect(access.length).toBe(4);
  });
});

describe("the key of an Example", () => {
  test("is what decoding it gives, whatever the record is", () => {
    const key = exampleKey("key");
    const expected = (record: Uint8Array): unknown => {
      const feature = decodeExample(record, { names: "any" }).feature("key");
      if (feature === undefined || feature.length === 0) return undefined;
      if (feature.kind === "bytes") return feature.bytes()[0];
      return feature.kind === "int64" ? feature.bigints()[0] : { float: feature.floats()[0] };
    };
    const same = (record: Uint8Array): void => {
      let wanted: unknown;
      try {
        wanted = expected(record);
      } catch (error) {
        // A record that is refused may only give a key where what refuses it is not looked at.
        wanted = error;
      }
      if (wanted instanceof Error) return;
      const found = key(record);
      expect(found instanceof Uint8Array ? Array.from(found) : found).toEqual(
        wanted instanceof Uint8Array ? Array.from(wanted) : wanted,
      );
    };
    const value = fc.oneof(
      fc.string().map((each) => ({ bytes: [each] })),
      fc.constantFrom(
        { bytes: [] },
        { bytes: ["a", "b"] },
        { int64s: [5n] },
        { floats: [1.5] },
        { bytes: ["x".repeat(300)] },
      ),
    );
    fc.assert(
      fc.property(
        featureMap,
        fc.option(value),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        (features, own, flips) => {
          const all = new Map(features);
          if (own !== null) all.set("key", own as never);
          const record = encodeExample(all);
          same(record);
          for (const [at, value_] of flips)
            if (record.length > 0) record[at % record.length] = value_;
          same(record);
        },
      ),
      { ...property, numRuns: 500 },
    );
    same(new Uint8Array(0));
  });

  test("names of indexes are those of files everywhere", () => {
    expect(["key", "a b/c", "ü", ".x", "-"].map(keyIndexName)).toEqual([
      "key",
      "a=20b=2fc",
      "=c3=bc",
      "=2ex",
      "=2d",
    ]);
    for (const name of ["", "x".repeat(300), "/".repeat(90)])
      expect(keyIndexName(name)).toMatch(/^[A-Za-z0-9_=][A-Za-z0-9._=-]{0,99}$/);
  });
});
