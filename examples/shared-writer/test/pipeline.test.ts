import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseOptions } from "../src/options.ts";
import { payloadOf } from "../src/record.ts";

const program = join(import.meta.dirname, "..", "dist", "main.js");

/** The number in the row of the table that begins with `name`. */
function row(output: string, name: string): number {
  const line = output.split("\n").find((each) => each.startsWith(name));
  return Number.parseFloat((line ?? "").slice(name.length).replaceAll(",", ""));
}

test("workers that are killed leave exactly what was acknowledged", () => {
  const seed = Math.floor(Math.random() * 1e6);
  const args = ["--workers", "3", "--records", "150", "--kills", "6", "--seed", String(seed)];
  const output = execFileSync(process.execPath, [program, ...args], { encoding: "utf8" });
  expect(output, `seed ${seed}`).toContain("every record is there: once, whole, in order");
  expect(row(output, "records in the file"), output).toBe(450);
  expect(row(output, "workers killed"), output).toBeGreaterThan(0);
  expect(row(output, "acknowledged before their worker was killed"), output).toBeLessThanOrEqual(
    450,
  );
}, 120_000);

test("a payload tells its record, and is never longer than asked", () => {
  const payloads = Array.from({ length: 500 }, (_, i) => payloadOf("worker1", i, 900));
  for (const [i, payload] of payloads.entries()) {
    expect(payload).toMatch(new RegExp(`^worker1-${i} `));
    expect(payload.length).toBeLessThanOrEqual(900);
  }
  expect(new Set(payloads).size).toBe(500);
});

test("options are read, and mistakes are named", () => {
  const all = ["--workers", "2", "--records", "9", "--kills", "0", "--seed", "5", "--size", "10"];
  expect(parseOptions(all)).toMatchObject({ workers: 2, records: 9, kills: 0, seed: 5, size: 10 });
  expect(() => parseOptions(["--workers", "0"])).toThrow(/at least 1/);
  expect(() => parseOptions(["--seed", "x"])).toThrow(/--seed/);
});
