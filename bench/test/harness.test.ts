import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventLines } from "../src/data/generate.ts";
import { randomIndices, shuffled } from "../src/data/random.ts";
import { lineOffsets } from "../src/floors/index-loop.ts";
import { LineFile } from "../src/floors/line-file.ts";
import type { BenchCase, Prepared, Variant } from "../src/harness/case.ts";
import { report } from "../src/harness/report.ts";
import { resultOf } from "../src/harness/result.ts";
import { measure, rotated } from "../src/harness/rounds.ts";
import { speedOf, summarize } from "../src/harness/stats.ts";
import { chosenCases, parseOptions } from "../src/options.ts";

test("a summary has median and quartiles", () => {
  expect(summarize([5, 1, 3])).toEqual({ median: 3, lower: 2, upper: 4 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25 });
  expect(summarize([7])).toEqual({ median: 7, lower: 7, upper: 7 });
});

test("a speed lies within its spread: both are those of the rounds", () => {
  expect(speedOf([1, 2, 4], [2, 4, 4])).toEqual({ lower: 1.5, median: 2, upper: 2 });
  // The ratio of the medians would be 1, and here 1.5.
  expect(speedOf([1, 2, 3], [2, 1, 9])).toEqual({ lower: 1.25, median: 2, upper: 2.5 });
  expect(speedOf([1, 2, 3], [9, 2, 3])).toEqual({ lower: 1, median: 1, upper: 5 });
});

test("every round runs every variant, and begins with another one", async () => {
  const ran: string[] = [];
  const variant = (name: string): Variant => ({
    name,
    role: "ours",
    round: () => {
      ran.push(name);
      return ran.length;
    },
  });
  const costs = await measure([variant("a"), variant("b"), variant("c")], 3);
  expect(ran.join("")).toBe("abcabcbcacab");
  expect(costs).toEqual({ a: [4, 9, 11], b: [5, 7, 12], c: [6, 8, 10] });
  expect(rotated([1, 2, 3], 5)).toEqual([3, 1, 2]);
});

test("goals are judged where both variants were measured", () => {
  const variant = (name: string): Variant => ({ name, role: "ours", round: () => 0 });
  const prepared: Prepared = {
    variants: [variant("ours"), variant("floor")],
    goals: [
      { variant: "ours", against: "floor", atLeast: 0.8 },
      { variant: "ours", against: "rival that is not here", atLeast: 3 },
      { variant: "ours", atMost: 3 },
    ],
    close() {},
  };
  const benchCase = { name: "case", title: "a job", unit: "ms" } as BenchCase;
  const result = resultOf(benchCase, prepared, { ours: [4, 4], floor: [2, 2] });
  expect(result.goals.map(({ reached, met }) => [reached.median, met])).toEqual([
    [0.5, false],
    [4, false],
  ]);
  expect(report(result)).toContain("below ours: 0.5 times as fast as floor");
  expect(report(result)).toContain("above ours: 4 ms (goal: at most 3)");
});

test("the command line says what it does not know", () => {
  expect(parseOptions(["--only", "get,open", "--rounds", "3", "--no-rival"])).toMatchObject({
    only: ["get", "open"],
    rounds: 3,
    records: 1_000_000,
    rival: false,
  });
  expect(() => parseOptions(["--rounds", "0"])).toThrow("--rounds takes an integer");
  expect(() => parseOptions(["--fast"])).toThrow("--fast");
});

test("the generated file is the same in every run, and the floors read it right", () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-bench-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(eventLines(folder, 20_000), "utf8");
  const lines = text.split("\n").slice(0, -1);
  expect(lines).toHaveLength(20_000);
  const sizes = lines.map((line) => Buffer.byteLength(line) + 1);
  expect(Math.min(...sizes)).toBeGreaterThan(95);
  expect(Math.max(...sizes)).toBeLessThan(165);

  const path = eventLines(folder, 20_000);
  expect(lineOffsets(path).count).toBe(20_000);
  const file = new LineFile(path);
  for (const index of [0, 19_999, ...randomIndices(100, 20_000, 3)]) {
    expect(file.get(index)).toEqual(JSON.parse(lines[index] as string));
  }
  const values: unknown[] = [];
  file.each(15_000, (value) => values.push(value));
  expect(values).toEqual(lines.slice(0, 15_000).map((line) => JSON.parse(line)));
  file.close();
});

test("cases are chosen by their names, or by what several names begin with", () => {
  const names = ["get", "get-many", "array-get", "array-write", "arrays"];
  expect(chosenCases(names, [])).toEqual({ chosen: names, unknown: [] });
  expect(chosenCases(names, ["array", "get"])).toEqual({
    chosen: ["get", "array-get", "array-write"],
    unknown: [],
  });
  expect(chosenCases(names, ["arr", "get"])).toEqual({ chosen: ["get"], unknown: ["arr"] });
});

test("a shuffle has each number once, and is the same for a seed", () => {
  const once = shuffled(1000, 3);
  expect(shuffled(1000, 3)).toEqual(once);
  expect([...once].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(once).not.toEqual([...once].sort((a, b) => a - b));
});
