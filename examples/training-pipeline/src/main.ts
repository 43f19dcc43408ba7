// Trains a small model from a database of tensors, stops half-way, and goes on from what was saved.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDataset } from "./dataset.ts";
import { accuracy, type Checkpoint, train } from "./train.ts";

const ROWS = 5000;
const STEPS = 600;

const folder = mkdtempSync(join(tmpdir(), "nthrec-training-"));
const data = join(folder, "train.db");
const saved = join(folder, "checkpoint.json");
try {
  await writeDataset(data, ROWS);
  writeFileSync(saved, JSON.stringify(await train(data, STEPS / 2)));
  const half = JSON.parse(readFileSync(saved, "utf8")) as Checkpoint;
  console.log(`stopped at ${JSON.stringify(half.cursor)}`);

  const resumed = await train(data, STEPS / 2, half);
  console.log(`went on to ${JSON.stringify(resumed.cursor)}`);
  console.log(`right: ${(100 * (await accuracy(data, resumed))).toFixed(1)} %`);

  const whole = await train(data, STEPS);
  const same = JSON.stringify(whole) === JSON.stringify(resumed);
  console.log(`the same as without a stop: ${same}`);
} finally {
  rmSync(folder, { recursive: true });
}
