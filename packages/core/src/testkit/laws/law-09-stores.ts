import type { StoreFault } from "../faults/fault-store.ts";
import type { LawCase } from "../law-case.ts";
import type { Random } from "../random.ts";
import type { Rig } from "../rig.ts";
import { everyStep } from "./store-runs.ts";

/** How much of a change reaches the disk before the fault, in bytes; a change without bytes happens or not. */
const PARTS: Readonly<Record<string, (bytes: number, random: Random) => number>> = {
  "before a change": () => 0,
  "after a byte": (bytes) => Math.min(1, bytes),
  "half-way through a write": (bytes) => bytes >>> 1,
  "a byte before the end of a write": (bytes) => Math.max(0, bytes - 1),
  "somewhere in a write": (bytes, random) => random.below(bytes + 1),
  "after a change": () => Number.POSITIVE_INFINITY,
};

/** The process dies: from one step on nothing reaches the disk, and of that step perhaps a part. */
async function dies<T>(rig: Rig<T>): Promise<void> {
  for (const [when, part] of Object.entries(PARTS)) {
    const fault =
      (bad: number): StoreFault =>
      ({ step, bytes }) =>
        step < bad ? undefined : step === bad ? part(bytes, rig.random) : 0;
    await everyStep(rig, fault, `a writer killed ${when}`);
  }
}

/** The disk is full for a moment: one change fails, perhaps half-way, and the next ones work. */
async function fullDisk<T>(rig: Rig<T>): Promise<void> {
  for (const [when, part] of Object.entries(PARTS)) {
    const fault =
      (bad: number): StoreFault =>
      ({ step, bytes }) =>
        step === bad ? part(bytes, rig.random) : undefined;
    await everyStep(rig, fault, `a disk that is full ${when}`);
  }
}

/** A store that fails, or a process that dies, costs at most what was not acknowledged. */
export const stores: readonly LawCase[] = [
  {
    name: "law 9: a writer that dies at any step loses nothing acknowledged",
    anywhere: true,
    run: dies,
  },
  {
    name: "law 9: a change that fails at any step loses nothing acknowledged",
    anywhere: true,
    run: fullDisk,
  },
];
