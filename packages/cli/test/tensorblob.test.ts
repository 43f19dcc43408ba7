import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
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
