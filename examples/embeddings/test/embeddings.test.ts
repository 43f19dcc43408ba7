import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { embed } from "../src/embed.ts";
import { add, search } from "../src/vector-store.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nthrec-embeddings-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the program finds the names that are most alike", () => {
  const program = join(import.meta.dirname, "..", "dist", "main.js");
  const [count, first, second] = execFileSync(process.execPath, [program], {
    encoding: "utf8",
  }).split("\n");
  const [, vectors, names] = /^(\d+) vectors for (\d+) names$/.exec(count ?? "") ?? [];
  expect(vectors).toBe(names);
  expect(Number(vectors)).toBeGreaterThan(3000);
  expect(first).toMatch(/^San Fransisco: San Francisco \(0\.\d\d\), /);
  expect(second).toMatch(/^Frankfurt: Frankfurt am Main \(0\.\d\d\), /);
});

test("a text finds itself, and vectors that a crash left out are added", async () => {
  const texts = Array.from({ length: 3000 }, (_, i) => `text number ${i}, ${(i * 7919) % 3001}`);
  expect(await add(folder, texts.slice(0, 2000))).toBe(2000);
  // As if a run had stopped between the two files.
  appendFileSync(join(folder, "texts.jsonl"), '"left behind"\n');
  expect(await add(folder, texts.slice(2000))).toBe(3001);
  for (const text of [texts[0], texts[1999], "left behind", texts[2999]] as string[]) {
    const [best] = await search(folder, text, 1);
    expect(best?.score).toBeCloseTo(1, 5);
    expect(embed(best?.text ?? "")).toEqual(embed(text));
  }
  const found = await search(folder, "left behind", 5);
  expect(found.map(({ score }) => score)).toEqual(
    found.map(({ score }) => score).sort((a, b) => b - a),
  );
  expect(found).toHaveLength(5);
});

test("adds at the same time come one after the other", async () => {
  await Promise.all([1, 2, 3].map((part) => add(folder, [`one ${part}`, `two ${part}`])));
  for (let part = 1; part <= 3; part++) {
    expect(await search(folder, `two ${part}`, 1)).toMatchObject([{ text: `two ${part}` }]);
  }
});
