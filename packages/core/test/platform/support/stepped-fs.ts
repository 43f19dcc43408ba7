// Stands in for node:fs in a bundle: every call that others can see is a step.
import { createRequire } from "node:module";
import { step } from "./stepper.ts";

const real = createRequire(import.meta.url)("node:fs") as typeof import("node:fs");

function stepped<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    step();
    return call(...args);
  };
}

export const openSync: typeof real.openSync = stepped(real.openSync);
export const linkSync: typeof real.linkSync = stepped(real.linkSync);
export const unlinkSync: typeof real.unlinkSync = stepped(real.unlinkSync);
export const readdirSync: typeof real.readdirSync = stepped(
  real.readdirSync,
) as typeof real.readdirSync;
export const mkdirSync: typeof real.mkdirSync = stepped(real.mkdirSync) as typeof real.mkdirSync;
export const fstatSync: typeof real.fstatSync = stepped(real.fstatSync) as typeof real.fstatSync;
export const statSync: typeof real.statSync = stepped(real.statSync) as typeof real.statSync;
export const readSync: typeof real.readSync = stepped(real.readSync) as typeof real.readSync;
export const writeSync: typeof real.writeSync = stepped(real.writeSync) as typeof real.writeSync;
export const { closeSync, statfsSync, readlinkSync, readFileSync } = real;

/** A file appears empty and has its content a step later. */
export function writeFileSync(path: string, text: string, options: { flag: string }): void {
  const fd = openSync(path, options.flag);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
