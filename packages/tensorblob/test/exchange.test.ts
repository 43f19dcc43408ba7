import { join } from "node:path";
import { expect, test } from "vitest";
import {
  exportNpy,
  exportSafetensors,
  importNpy,
  importSafetensors,
  TensorBlob,
  TensorBlobReader,
} from "../src/index.ts";
import { tempFolder } from "./support/temp.ts";

test("a blob goes out and comes back", async () => {
  const folder = tempFolder();
  const make = (name: string) =>
    TensorBlob.open(join(folder, name), "w+", { dtype: "int16", shape: [2, 2], blockSize: 3 });
  await using a = await make("a");
  await a.write(Array.from({ length: 40 }, (_, i) => i - 20));
  await a.flush();
  await using reader = await TensorBlobReader.open(join(folder, "a"));
  await exportNpy(reader, join(folder, "a.npy"));
  await exportSafetensors(reader, join(folder, "a.st"), { start: 2, end: 5 });
  await using b = await make("b");
  expect(await importNpy(join(folder, "a.npy"), b)).toBe(10);
  expect(await importSafetensors(join(folder, "a.st"), b)).toBe(3);
  b.seek(0);
  expect((await b.read())?.values()).toEqual([
    ...Array.from({ length: 40 }, (_, i) => i - 20),
    ...Array.from({ length: 12 }, (_, i) => i - 12),
  ]);
});
