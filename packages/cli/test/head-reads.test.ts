import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "./support/files.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const strace = spawnSync("strace", ["-V"]).status === 0;

test.skipIf(!strace)("the head of a large file reads little of it", { timeout: 60_000 }, () => {
  const folder = tempFolder();
  const path = join(folder, "large.jsonl");
  writeFileSync(path, `{"text":"${"x".repeat(1000)}"}\n`.repeat(20_000));
  const log = join(folder, "log");
  const args = ["-f", "-y", "-e", "trace=read,pread64", "-o", log, process.execPath, main];
  const { status, stdout } = spawnSync("strace", [...args, "head", "-n", "5", path]);
  expect(status).toBe(0);
  expect(stdout.toString().split("\n")).toHaveLength(6);
  const reads = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes("large.jsonl>"));
  const bytes = reads.map((line) => Number(/= (\d+)$/.exec(line)?.[1] ?? 0));
  expect(reads.length).toBeGreaterThan(0);
  expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(1_000_000);
});
