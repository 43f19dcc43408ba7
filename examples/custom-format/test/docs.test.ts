import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const guide = readFileSync(`${root}docs/implementing-a-format.md`, "utf8");

/** Blocks of the guide that are a whole file of this repository, and the file's name. */
const quotes = [...guide.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)].map((match) => ({
  file: match[1] as string,
  code: match[2] as string,
}));

test("the guide quotes the format and its test", () => {
  expect(quotes.map(({ file }) => file)).toEqual([
    "examples/custom-format/src/delimited.ts",
    "examples/custom-format/test/delimited.test.ts",
  ]);
});

test.each(quotes)("the guide's $file is the file", ({ file, code }) => {
  expect(code).toBe(readFileSync(root + file, "utf8"));
});

test("the format takes about sixty lines", () => {
  const [format] = quotes;
  expect(format?.code.split("\n").length).toBeLessThanOrEqual(65);
});

test("every hook and every law is explained", () => {
  const hooks = ["_open", "_buildIndex", "_locate", "_frames", "_get", "_resync", "_rescue"];
  hooks.push("_append", "_commit", "_resume", "_adopt", "_copy");
  for (const hook of hooks) expect(guide).toContain(hook);
  for (let law = 1; law <= 10; law++) expect(guide).toMatch(new RegExp(`^${law}\\. `, "m"));
});

test("the files that the guide links to are there", () => {
  const links = [...guide.matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map((match) => match[1] as string);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    const path = fileURLToPath(new URL(link, `file://${root}docs/`));
    expect(() => readFileSync(path)).not.toThrow(/ENOENT/);
  }
});
