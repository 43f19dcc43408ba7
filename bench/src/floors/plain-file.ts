import { closeSync, openSync, readSync, writeSync } from "node:fs";

const STEP = 1024 * 1024;
const buffer = Buffer.allocUnsafeSlow(STEP);

/** Reads a file from its beginning to its end, and does nothing with it. */
export function readThrough(path: string): void {
  const file = openSync(path, "r");
  for (let at = 0, got = 1; got > 0; at += got) got = readSync(file, buffer, 0, STEP, at);
  closeSync(file);
}

/** Writes a new file of so many bytes. */
export function writeThrough(path: string, size: number): void {
  const file = openSync(path, "w");
  for (let at = 0; at < size; at += STEP) writeSync(file, buffer, 0, Math.min(STEP, size - at));
  closeSync(file);
}
