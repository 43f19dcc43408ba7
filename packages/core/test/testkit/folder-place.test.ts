import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { entryOf } from "../../src/index.ts";
import { folderPlace, formatCases } from "../../src/testkit/index.ts";
import { delimited } from "./law-checks.ts";

const folder = mkdtempSync(join(tmpdir(), "nthrec-kit-"));
afterAll(() => rmSync(folder, { recursive: true }));

for (const { name, run } of formatCases(delimited(), { place: folderPlace(folder) })) {
  if (name.startsWith("law 1") || name.startsWith("law 8")) test(name, run);
}

test("each case had a folder of its own", () => {
  expect(readdirSync(folder).length).toBeGreaterThan(5);
});

test("a web server is no folder", async () => {
  await expect(folderPlace("https://example.org/data").make()).rejects.toThrow(/not the path/);
});

test("an entry is a folder and a name, whether they exist or not", () => {
  const { store, name } = entryOf(join(folder, "none", "file.bin"));
  expect([store.name, name]).toEqual([join(folder, "none"), "file.bin"]);
});
