import { isNthrecError, type LiveStore, NthrecError } from "@nthrec/core";
import { SIDECARS } from "../blob/change.ts";
import { pathOf } from "../folder/snapshot.ts";
import { folderOf } from "../folder/tensor-store.ts";

/** The files that a writer leaves beside a column that it took for a blob of its own. */
export function filesBeside(column: string): string[] {
  return SIDECARS.map((suffix) => column + suffix);
}

/** Removes them, and the lock. */
export function removeBeside(folder: LiveStore, column: string): void {
  for (const name of filesBeside(column)) folder.removeSync(name);
  const lock = folderOf(folder, `${column}.lock`) as LiveStore;
  for (const part of filesOf(lock)) lock.removeSync(part);
  folder.removeFolderSync?.(`${column}.lock`);
}

/** @throws {@link NthrecError} `NTH_INVALID_VALUE` when a database's folder holds a file that is none of its `own` */
export function checkFiles(folder: LiveStore, own: readonly string[]): void {
  const foreign = filesOf(folder).find((name) => !own.includes(name));
  if (foreign === undefined) return;
  throw new NthrecError(
    "NTH_INVALID_VALUE",
    `${pathOf(folder, foreign)} is no file of a database: nothing is removed while it is there`,
    { source: folder.name },
  );
}

function filesOf(folder: LiveStore): string[] {
  try {
    return folder.listSync();
  } catch (error) {
    if (isNthrecError(error, "NTH_NOT_FOUND")) return [];
    throw error;
  }
}
