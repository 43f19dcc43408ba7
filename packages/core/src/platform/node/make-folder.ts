import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "./fs-error.ts";

/**
 * Makes a folder and those above it, unless they are there.
 *
 * Node's `recursive` option reports a read-only file system as a missing folder.
 */
export function makeFolder(path: string): void {
  let refusal = tryMake(path);
  if (errnoOf(refusal) === "ENOENT" && dirname(path) !== path) {
    makeFolder(dirname(path));
    refusal = tryMake(path);
  }
  if (refusal !== undefined) throw refusal;
}

function tryMake(path: string): unknown {
  try {
    mkdirSync(path);
    return undefined;
  } catch (error) {
    // Another process was faster; if it is a file, whatever comes next in the folder will say so.
    return errnoOf(error) === "EEXIST" ? undefined : error;
  }
}
