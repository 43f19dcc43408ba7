import { execFile } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { MemoryStore } from "@nthrec/core";
import { describe, expect, test } from "vitest";
import { TFRecordReader, type TFRecordReaderOptions } from "../../src/index.ts";
import { fileOf, filled, prints } from "../support/frames.ts";
import { tempFile, tempFolder } from "../support/temp.ts";
import { bytesOf, compressedFiles, digest } from "../support/vectors.ts";

const list = Array.from({ length: 500 }, (_, i) => filled(i, i & 255));
const plain = fileOf(list);
const gzip = gzipSync(plain);
const sound = compressedFiles.filter(
  ({ file, tf_error }) => tf_error === null && !/trunc|concatenated/.test(file),
);

/** The copies in a folder. */
const copies = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".plain"));

async function readAll(path: string | Blob, options: TFRecordReaderOptions): Promise<string[]> {
  await using reader = await TFRecordReader.open(path, options);
  return prints(await reader.getMany(Array.from({ length: reader.length }, (_, i) => i)));
}

test.each(sound)("$file is read by number, inflated to a file and to memory", async (vector) => {
  const path = tempFile(bytesOf(vector));
  for (const inflate of ["beside", "memory", { folder: tempFolder() }] as const) {
    await using reader = await TFRecordReader.open(path, { inflate });
    expect(reader.length).toBe(vector.tf_records);
    const records = await reader.getMany(Array.from({ length: reader.length }, (_, i) => i));
    expect(digest(records)).toBe(vector.records_sha256);
    for (const [i, span] of vector.index_spans_in_decompressed_stream.entries()) {
      if (typeof span === "string") break;
      expect(await reader.locate(i)).toStrictEqual({ start: span[0], end: span[0] + span[1] });
    }
  }
});

describe("inflated beside it, a file", () => {
  test("has one copy with its index beside that, which is used again", async () => {
    const path = tempFile(gzip, "a.tfrecord.gz");
    const folder = join(path, "..");
    expect(await readAll(path, { inflate: "beside" })).toStrictEqual(prints(list));
    const names = readdirSync(folder).sort();
    const [copy] = copies(folder) as [string];
    expect(names).toStrictEqual(["a.tfrecord.gz", copy, `${copy}.idv1`, `${copy}.json`].sort());
    expect(readFileSync(join(folder, copy)).equals(plain)).toBe(true);
    const { ino, mtimeMs } = statSync(join(folder, copy));
    const again = { inflate: "beside", onStaleIndex: "throw" } as const;
    expect(await readAll(path, again)).toStrictEqual(prints(list));
    expect(statSync(join(folder, copy))).toMatchObject({ ino, mtimeMs });
  });

  test("gets another copy when it changed, and the old one goes", async () => {
    const path = tempFile(gzip, "a.gz");
    const folder = join(path, "..");
    await readAll(path, { inflate: "beside" });
    const [before] = copies(folder);
    const shorter = list.slice(0, 100);
    writeFileSync(path, gzipSync(fileOf(shorter)));
    expect(await readAll(path, { inflate: "beside" })).toStrictEqual(prints(shorter));
    const [after, ...more] = copies(folder);
    expect(more).toStrictEqual([]);
    expect(after).not.toBe(before);
    expect(readdirSync(folder).length).toBe(4);
  });

  test("is told from one of the same size and bytes at its ends by its time", async () => {
    const path = tempFile(gzip);
    await readAll(path, { inflate: "beside" });
    const [before] = copies(join(path, ".."));
    utimesSync(path, 1, 1);
    await readAll(path, { inflate: "beside" });
    expect(copies(join(path, ".."))).not.toStrictEqual([before]);
  });

  test.each([
    ["shorter", (bytes: Buffer) => bytes.subarray(0, -100)],
    ["longer", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(10)])],
    ["changed", (bytes: Buffer) => bytes.fill(0, 0, 100)],
  ])("makes a copy anew that is %s", async (_, change) => {
    const path = tempFile(gzip);
    await readAll(path, { inflate: "beside" });
    const copy = join(path, "..", copies(join(path, ".."))[0] as string);
    writeFileSync(copy, change(readFileSync(copy)));
    expect(await readAll(path, { inflate: "beside" })).toStrictEqual(prints(list));
  });

  test.each(["", "{", "null", '{"version":2,"bytes":5}', "[1]"])(
    "makes a copy anew whose note is %j",
    async (note) => {
      const path = tempFile(gzip);
      await readAll(path, { inflate: "beside" });
      const copy = join(path, "..", copies(join(path, ".."))[0] as string);
      writeFileSync(`${copy}.json`, note);
      expect(await readAll(path, { inflate: "beside" })).toStrictEqual(prints(list));
      expect(JSON.parse(readFileSync(`${copy}.json`, "utf8"))).toMatchObject({ version: 1 });
    },
  );

  test("leaves nothing behind when it is damaged or cut", async () => {
    const flipped = Buffer.from(gzip);
    flipped[gzip.length >> 1] = (gzip[gzip.length >> 1] as number) ^ 255;
    for (const [bytes, code] of [
      [flipped, "NTH_CORRUPTION"],
      [gzip.subarray(0, -1), "NTH_TRUNCATED"],
    ] as const) {
      const path = tempFile(bytes);
      const opened = TFRecordReader.open(path, { inflate: "beside", tail: "ignore" });
      await expect(opened).rejects.toMatchObject({ code, source: path });
      expect(readdirSync(join(path, ".."))).toStrictEqual(["data.tfrecord"]);
    }
  });

  test("is inflated by many at once, and all read the same", async () => {
    const path = tempFile(gzip);
    const found = await Promise.all(
      Array.from({ length: 8 }, () => readAll(path, { inflate: "beside" })),
    );
    for (const each of found) expect(each).toStrictEqual(prints(list));
    expect(copies(join(path, "..")).length).toBe(1);
    expect(readdirSync(join(path, "..")).filter((name) => name.includes(".tmp"))).toStrictEqual([]);
  });
});

describe("other places", () => {
  test("a folder, by path, by URL and as a store, keeps files of one name apart", async () => {
    const folder = join(tempFolder(), "copies");
    const [a, b] = [tempFile(gzip, "x.gz"), tempFile(gzipSync(fileOf([filled(3)])), "x.gz")];
    expect(await readAll(a, { inflate: { folder } })).toStrictEqual(prints(list));
    expect(await readAll(b, { inflate: { folder: pathToFileURL(folder) } })).toStrictEqual(
      prints([filled(3)]),
    );
    expect(copies(folder).length).toBe(2);
    expect(existsSync(`${a}.idv1`)).toBe(false);
    const store = new MemoryStore();
    expect(await readAll(a, { inflate: { folder: store } })).toStrictEqual(prints(list));
    expect(store.listSync().length).toBe(3);
  });

  test("bytes without a name go to a folder or to memory", async () => {
    const blob = new Blob([gzip]);
    const folder = tempFolder();
    expect(await readAll(blob, { inflate: { folder } })).toStrictEqual(prints(list));
    expect(await readAll(blob, { inflate: "memory" })).toStrictEqual(prints(list));
    await expect(TFRecordReader.open(blob, { inflate: "beside" })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
    });
  });

  test("memory is bounded", async () => {
    const bomb = gzipSync(fileOf([new Uint8Array(50_000_000)]));
    const inflate = { memory: { maxBytes: 1_000_000 } };
    await expect(TFRecordReader.open(bomb, { inflate })).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
      message: expect.stringContaining("more than 1000000 bytes"),
    });
    await using reader = await TFRecordReader.open(bomb, { inflate: "memory" });
    expect((await reader.get(0)).length).toBe(50_000_000);
  });

  test("files without compression are opened as they are", async () => {
    const path = tempFile(plain);
    await using reader = await TFRecordReader.open(path, { inflate: "beside" });
    expect([reader.name, reader.length]).toStrictEqual([path, list.length]);
    expect(copies(join(path, ".."))).toStrictEqual([]);
  });

  test("a place that is none is refused, and so is a compressed file without one", async () => {
    const inflate = "somewhere" as "beside";
    await expect(TFRecordReader.open(gzip, { inflate })).rejects.toThrow(TypeError);
    await expect(TFRecordReader.open(gzip)).rejects.toMatchObject({
      code: "NTH_NOT_SUPPORTED",
      message: expect.stringContaining("inflate"),
    });
  });
});

test("a file that changes while it is inflated is refused", async () => {
  const store = new MemoryStore({ entries: [["a", gzip]] });
  const list = store.rename.bind(store);
  store.rename = async (from, to) => {
    await list(from, to);
    // Between the inflating and the last look at the file.
    const edited = store.editSync("a");
    edited.writeSync(4, Uint8Array.of(1, 2, 3, 4));
    edited.closeSync();
  };
  const opened = TFRecordReader.open({ store, name: "a" }, { inflate: "beside" });
  await expect(opened).rejects.toMatchObject({ code: "NTH_SOURCE_CHANGED" });
  expect(store.listSync()).toStrictEqual(["a"]);
});

test("two processes inflate one file at once", async () => {
  const path = tempFile(gzip);
  const program = `
    import { TFRecordReader } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
    const reader = await TFRecordReader.open(process.argv[1], { inflate: "beside" });
    let sum = 0;
    for await (const record of reader) sum += record.length;
    console.log(reader.length, sum);
  `;
  const run = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const args = ["--input-type=module", "-e", program, path];
      execFile(process.execPath, args, (error, out) => (error ? reject(error) : resolve(out)));
    });
  const sum = list.reduce((total, { length }) => total + length, 0);
  expect(await Promise.all([run(), run(), run()])).toStrictEqual(
    Array.from({ length: 3 }, () => `500 ${sum}\n`),
  );
  expect(copies(join(path, "..")).length).toBe(1);
});
