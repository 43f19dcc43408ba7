import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TensorBlobWriter } from "@nthrec/tensorblob";
import { expect, test } from "vitest";
import { tempFolder } from "./support/files.ts";
import { nthrec } from "./support/nthrec.ts";

const vectors = fileURLToPath(
  new URL("../../tensorblob/test/vectors/tensorblob/", import.meta.url),
);

test("a folder of tensors is recognised, counted and printed", async () => {
  const blob = `${vectors}basic_f32`;
  expect((await nthrec(["count", blob])).out).toBe("5\n");
  expect((await nthrec(["get", blob, "0", "-1"])).out).toBe("[-7.5,-6.5,-5.5]\n[4.5,5.5,6.5]\n");
  const info = JSON.parse((await nthrec(["info", "--json", blob])).out) as object;
  expect(info).toMatchObject({ format: "tensorblob", records: 5, dtype: "float32", shape: [3] });
});

test("a tensor prints as deep as it has dimensions", async () => {
  expect((await nthrec(["head", "-n", "1", `${vectors}exact_blocks`])).out).toBe("[[0,1],[2,3]]\n");
  expect((await nthrec(["head", "-n", "2", `${vectors}scalar_i64`])).out.split("\n").length).toBe(
    3,
  );
  const complex = await nthrec(["head", "-n", "1", `${vectors}dtype_complex64`]);
  expect(JSON.parse(complex.out)).toHaveLength(2);
});

test("a blob that exists is not overwritten", async () => {
  const { code } = await nthrec(["convert", `${vectors}basic_f32`, "/nowhere/out.blob"]);
  expect(code).toBe(2);
});

test.each([true, false])(
  "a set of blobs, with what writers leave beside them: %s",
  async (beside) => {
    const folder = tempFolder();
    const set = join(folder, "set");
    mkdirSync(set);
    for (const shard of [0, 1]) {
      const options = { dtype: "int8", shape: [1], mode: "append" } as const;
      const writer = await TensorBlobWriter.open(join(set, `t-0000${shard}-of-00002`), options);
      await writer.extend([[shard], [7]]);
      await writer.close();
    }
    const names = readdirSync(set).filter((name) => /\.[a-z]+$/.test(name));
    expect(names).not.toEqual([]);
    for (const name of beside ? [] : names) rmSync(join(set, name), { recursive: true });
    for (const [i, spec] of [set, join(set, "t-*"), join(set, "t@2"), join(set, "t@*")].entries()) {
      expect((await nthrec(["cat", spec])).out).toBe("[0]\n[7]\n[1]\n[7]\n");
      expect((await nthrec(["verify", spec])).code).toBe(0);
      expect((await nthrec(["index", spec])).out).toMatch(/00000-of-00002: 2 records\n.*\n$/);
      const out = join(folder, `${i}.npy`);
      expect((await nthrec(["convert", spec, out])).code).toBe(0);
      expect((await nthrec(["cat", out])).out).toBe("[0]\n[7]\n[1]\n[7]\n");
    }
  },
);
