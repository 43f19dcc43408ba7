import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeDataset } from "../src/dataset.ts";
import { accuracy, train } from "../src/train.ts";

test("the program learns, stops, and goes on to the same bits", () => {
  const program = join(import.meta.dirname, "..", "dist", "main.js");
  const lines = execFileSync(process.execPath, [program], { encoding: "utf8" }).split("\n");
  expect(lines[0]).toBe('stopped at {"epoch":1,"position":4600}');
  expect(lines[1]).toBe('went on to {"epoch":3,"position":4200}');
  expect(Number(/^right: ([\d.]+) %$/.exec(lines[2] ?? "")?.[1])).toBeGreaterThan(98);
  expect(lines[3]).toBe("the same as without a stop: true");
});

test("an untrained model guesses, and every stop gives the same model", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nthrec-training-"));
  try {
    const path = join(folder, "train.db");
    await writeDataset(path, 500);
    const none = await train(path, 0);
    expect(none.cursor).toEqual({ epoch: 0, position: 0 });
    expect(await accuracy(path, none)).toBeLessThan(0.7);
    const whole = await train(path, 40);
    expect(await accuracy(path, whole)).toBeGreaterThan(0.9);
    for (const stop of [1, 15, 16, 39]) {
      const resumed = await train(path, 40 - stop, await train(path, stop));
      expect(resumed).toEqual(whole);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
