import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fsError } from "./fs-error.ts";

/** The names of the folders in a folder, links to folders included, sorted. */
export function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || leadsToFolder(path, entry))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw fsError(error, { action: "list", name: path });
  }
}

function leadsToFolder(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false;
  const target = statSync(join(path, entry.name), { throwIfNoEntry: false });
  return target?.isDirectory() ?? false;
}
