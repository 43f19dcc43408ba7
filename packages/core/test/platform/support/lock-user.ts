// A user of a lock in a process or worker thread of its own. Arguments: what to do, the folder, more.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { argv, stdin, stdout } from "node:process";
import { createInterface } from "node:readline";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { GenerationLock } from "../../../src/platform/node/generation-lock.ts";
import { KernelLock } from "../../../src/platform/node/kernel-lock.ts";
import { PortableCensus } from "../../../src/platform/node/portable-census.ts";
import type { StoreLock } from "../../../src/store/byte-store.ts";

const [task = "", folder = "", ...rest]: string[] = isMainThread ? argv.slice(2) : workerData;
const lock: StoreLock = rest.includes("kernel")
  ? new KernelLock(folder)
  : new GenerationLock(folder, rest.includes("portable") ? { census: new PortableCensus() } : {});
const cell = new Int32Array(new SharedArrayBuffer(4));

function say(line: string): void {
  if (parentPort === null) stdout.write(`${line}\n`);
  else parentPort.postMessage(line);
}

function attempt(): string {
  try {
    const taken = lock.tryAcquire();
    const { obstacle } = lock;
    return obstacle === undefined
      ? String(taken)
      : `${taken}, ${obstacle.code}: ${obstacle.message}`;
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
}

function acquire(): void {
  let pause = 0.2;
  while (!lock.tryAcquire()) {
    Atomics.wait(cell, 0, 0, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 1.5, 5);
  }
}

/** Reads a number, adds one and writes it back, which loses counts as soon as two do it at once. */
function count(times: number, file: string, journal: string | undefined): void {
  for (let i = 0; i < times; i++) {
    acquire();
    // In place and of one length, so that a kill leaves the old number or the new one.
    const number = Number(readFileSync(file, "latin1")) + 1;
    writeFileSync(file, String(number).padStart(12, "0"), { flag: "r+" });
    if (journal !== undefined) appendFileSync(journal, "1");
    lock.release();
  }
}

function releaseWhenTold(): void {
  const lines = createInterface({ input: stdin });
  lines.once("line", () => {
    lock.release();
    stdin.destroy();
  });
}

switch (task) {
  case "try":
    say(attempt());
    break;
  case "hold":
    acquire();
    say("held");
    if (isMainThread) releaseWhenTold();
    else setInterval(() => undefined, 1000);
    break;
  case "count":
    count(Number(rest[0]), rest[1] ?? "", rest[2]);
    say("counted");
    break;
  default:
    throw new Error(`there is no task ${task}`);
}
