import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Python } from "../../../interop/python.ts";
import { blocksOf, runSnippetIn, type Snippet } from "../snippets.ts";

// The guide's Python, over the files that the guide's TypeScript writes.

const guide = "docs/guides/training-data.md";
const folder = mkdtempSync(join(tmpdir(), "nthrec-guide-"));

beforeAll(async () => {
  const [writing] = blocksOf(guide);
  await runSnippetIn(folder, writing as Snippet);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tensorflow = Python.with("tensorflow", ["tensorflow-cpu==2.21.0"]);
const grain = Python.with("training-data", ["grain", "array-record==0.8.6", "numpy"]);

/** What a block says that it prints. */
function promised({ code }: Snippet): string[] {
  return [...code.matchAll(/^print\(.*\) {2}# (.*)$/gm)].map((match) => match[1] as string);
}

test.each(blocksOf(guide, "python"))("$name prints what it says", (block) => {
  const python = block.code.includes("import tensorflow") ? tensorflow : grain;
  const printed = python.runIn(folder, block.code);
  const lines = promised(block);
  expect(lines.length).toBeGreaterThan(0);
  expect(printed.split("\n")).toEqual(lines);
});

test("there is Python to run", () => {
  expect(blocksOf(guide, "python").length).toBe(3);
});
