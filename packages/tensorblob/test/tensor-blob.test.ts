import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { TensorBlob, TensorBlobReader, TensorBlobWriter } from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

const vectors = fileURLToPath(new URL("vectors/tensorblob/", import.meta.url));

test("a blob that is written, appended to, overwritten, cut and extended", async () => {
  const path = join(tempFolder(), "b.blob");
  {
    await using blob = await TensorBlob.open(path, "w", {
      dtype: "float32",
      shape: [3],
      blockSize: 4,
    });
    expect(
      await blob.write([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toBe(2);
    expect(await blob.write(new Float32Array([7, 8, 9]))).toBe(1);
    expect(blob.length).toBe(3);
  }
  {
    using blob = TensorBlob.openSync(path, "a");
    expect(blob.tell()).toBe(3);
    blob.writeSync(Array.from({ length: 9 }, (_, i) => 10 + i));
    expect(blob.tell()).toBe(6);
  }
  {
    await using blob = await TensorBlob.open(path, "r+");
    expect((await blob.read())?.values()).toEqual(Array.from({ length: 18 }, (_, i) => 1 + i));
    blob.seek(3);
    await blob.write([0, 0, 0, -1, -1, -1]);
    expect(blob.tell()).toBe(5);
    expect((await blob.gather([3, 4, -1])).values()).toEqual([0, 0, 0, -1, -1, -1, 16, 17, 18]);
    expect(await blob.truncate(5)).toBe(5);
    blob.seek(0, 2);
    await blob.write([5, 5, 5, 6, 6, 6]);
    expect(blob.length).toBe(7);
    expect((await blob.slice(-1, -3, -1)).values()).toEqual([6, 6, 6, 5, 5, 5]);
  }
  using reader = TensorBlobReader.openSync(path);
  expect([...reader].map((tensor) => tensor.values()[0])).toEqual([1, 4, 7, 0, -1, 5, 6]);
  const { bds, len } = JSON.parse(readFileSync(join(path, ".stat"), "utf8")) as {
    bds: string[];
    len: number;
  };
  expect(len).toBe(7);
  expect(readdirSync(path).sort()).toEqual([".conf", ".stat", ...bds].sort());
  for (const name of bds) expect(statSync(join(path, name)).size).toBe(48);
});

test("the original's blobs are continued", async () => {
  const folder = tempFolder();
  cpSync(join(vectors, "extA"), join(folder, "a"), { recursive: true });
  cpSync(join(vectors, "extB"), join(folder, "b"), { recursive: true });
  using a = TensorBlob.openSync(join(folder, "a"), "a+");
  using b = TensorBlob.openSync(join(folder, "b"));
  expect(a.extendSync(b)).toBe(5);
  a.seek(0);
  expect(a.readSync()?.values()).toEqual(
    [0, 1, 2, 100, 101, 102, 3, 4, 103, 104, 100, 101, 102, 103, 104]
      .filter((_, i) => i < 9)
      .concat([100, 101, 102, 104, 103, 104]),
  );
});

test("many writers of one blob lose nothing", async () => {
  const path = join(tempFolder(), "b.blob");
  const options = { mode: "append", dtype: "int32", shape: [2], blockSize: 5 } as const;
  const writers = await Promise.all([0, 1, 2].map(() => TensorBlobWriter.open(path, options)));
  const numbers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => writers[i % 3]?.append([i, -i])),
  );
  expect([...numbers].sort((a, b) => (a as number) - (b as number))).toEqual([...Array(60).keys()]);
  await Promise.all(writers.map((writer) => writer.close()));
  using reader = TensorBlobReader.openSync(path);
  numbers.forEach((number, i) => {
    expect(reader.getSync(number as number).values()).toEqual([i, 0 - i]);
  });
  expect(await TensorBlob.unlink(path)).toBe(true);
});

test("a promise that is mistyped is no other promise", async () => {
  const path = join(tempFolder(), "b.blob");
  const options = { dtype: "uint8", shape: [1], durability: "disc" as never } as const;
  expect(() => TensorBlob.openSync(path, "w", options)).toThrow(TypeError);
  await expect(TensorBlob.open(path, "w", options)).rejects.toThrow(
    '"process", "disk", not "disc"',
  );
  expect(() => statSync(path)).toThrow("ENOENT");
});
