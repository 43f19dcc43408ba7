import { rmSync } from "node:fs";

/** Removes a file, and what lies beside it. */
export function clean(path: string): void {
  for (const suffix of ["", ".idx", ".seal", ".undo", ".torn"])
    rmSync(path + suffix, { force: true });
  rmSync(`${path}.lock`, { force: true, recursive: true });
}
