import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { TensorDB } from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

const vectors = fileURLToPath(new URL("vectors/tensorblob/", import.meta.url));

test("the original's database is read and continued", async () => {
  const path = join(tempFolder(), "db");
  cpSync(join(vectors, "db"), path, { recursive: true });
  await using db = await TensorDB.open(path, "a+");
  expect([...db.schema.keys()]).toEqual(["embed", "id", "price"]);
  expect(db.length).toBe(5);
  expect((await db.gather([1, -1], { columns: ["id"] }))["id"]?.values()).toEqual([10n, 40n]);
  expect(await db.write({ embed: Array(8).fill(1), id: [50, 60], price: [5, 6] })).toBe(2);
  expect((await db.get(-1, { columns: ["price"] }))["price"]?.values()).toEqual([6]);
  expect(() => db.writeSync({ embed: Array(4).fill(1), id: [50, 60], price: [5] })).toThrow(/rows/);
  expect(db.length).toBe(7);
  expect(readFileSync(join(path, ".stat"), "utf8")).toBe('{"len":7}');
});

test("a database is written as the original writes it", () => {
  const path = join(tempFolder(), "db");
  const schema = { price: ["float32", 1], id: ["int64", []], embed: ["float16", [2, 2]] } as const;
  using db = TensorDB.openSync(path, "w+", { schema, blockSize: 4 });
  const n = [0, 1, 2, 3, 4];
  db.writeSync({
    id: n.map((i) => i * 10),
    price: n,
    embed: Array.from({ length: 20 }, (_, i) => i / 2),
  });
  for (const file of [".conf", ".stat", "id/.conf", "price/.conf", "embed/.conf"]) {
    expect(readFileSync(join(path, file), "utf8")).toBe(
      readFileSync(join(vectors, "db", file), "utf8"),
    );
  }
  expect(db.sliceSync(0, 5, 2)["id"]?.values()).toEqual([0n, 20n, 40n]);
  db.seek(1);
  db.writeSync({ id: [7], price: [7], embed: [7, 7, 7, 7] });
  expect(db.truncateSync(2)).toBe(2);
  db.seek(0);
  expect([...db].map((row) => row["id"]?.values())).toEqual([[0n], [7n]]);
});

test("a promise that is mistyped is no other promise", async () => {
  const path = join(tempFolder(), "db");
  const options = { schema: { id: ["int8", []] }, durability: "disc" as never } as const;
  expect(() => TensorDB.openSync(path, "w", options)).toThrow(TypeError);
  await expect(TensorDB.open(path, "w", options)).rejects.toThrow('"process", "disk", not "disc"');
  expect(() => readFileSync(join(path, ".conf"))).toThrow("ENOENT");
});
