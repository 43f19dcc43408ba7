import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("docs/errors.md has one row for each code of the union, in order", () => {
  const source = read("packages/core/src/errors.ts");
  const union = source.slice(source.indexOf("NthrecErrorCode ="));
  const codes = union.slice(0, union.indexOf(";")).match(/NTH_[A-Z_]+/g);
  const rows = [...read("docs/errors.md").matchAll(/^\| `(NTH_[A-Z_]+)` \|/gm)].map(
    ([, code]) => code,
  );
  expect(codes?.length).toBeGreaterThan(20);
  expect(rows).toEqual(codes);
});
