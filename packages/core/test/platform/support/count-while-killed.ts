import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Program } from "./programs.ts";

const PROGRAMS = 4;

/**
 * Programs count under one lock while one after another is killed: none may hold the others up, and no count that a
 * program wrote down may be lost.
 *
 * @param place A folder for the counter and what the programs write down.
 * @param count Starts a program that counts in a file and adds a byte to a journal each time.
 */
export async function countWhileKilled(
  place: string,
  kills: number,
  count: (file: string, journal: string) => Program,
): Promise<void> {
  const file = join(place, "counter");
  writeFileSync(file, "0");
  const journals: string[] = [];
  const next = (): Program => {
    const journal = join(place, `journal-${journals.length}`);
    writeFileSync(journal, "");
    journals.push(journal);
    return count(file, journal);
  };
  const counted = (): number => journals.reduce((sum, path) => sum + statSync(path).size, 0);
  const running = Array.from({ length: PROGRAMS }, next);
  for (let kill = 0; kill < kills; kill++) {
    const before = counted();
    await expect.poll(counted, { interval: 2, timeout: 10_000 }).toBeGreaterThan(before + 20);
    await running[kill % PROGRAMS]?.kill();
    running[kill % PROGRAMS] = next();
  }
  await Promise.all(running.map((program) => program.kill()));
  // A kill between the counter and the journal counts one more than was written down.
  const value = Number(readFileSync(file, "latin1"));
  expect(value).toBeGreaterThanOrEqual(counted());
  expect(value).toBeLessThanOrEqual(counted() + kills + PROGRAMS);
}
