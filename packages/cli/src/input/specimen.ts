import { readdirSync, statSync } from "node:fs";
import { entryOf, type StoreEntry } from "@nthrec/core";
import type { Specimen } from "../formats/cli-format.ts";

const HEAD_BYTES = 64 * 1024;

/** Looks at the beginning of a file, a folder or a URL. */
export async function takeSpecimen(
  location: string | StoreEntry,
  signal?: AbortSignal,
): Promise<Specimen> {
  const { store, name } = entryOf(location);
  const path = typeof location === "string" ? location : `${store.name}/${name}`;
  const folder = folderAt(path);
  if (folder !== undefined) {
    return { name: path, size: undefined, head: new Uint8Array(0), folder };
  }
  const source = await store.open(name, { signal });
  try {
    const head = await source.read(0, Math.min(source.size, HEAD_BYTES), { signal });
    return { name: path, size: source.size, head, folder: undefined };
  } finally {
    await source.close();
  }
}

/** The names in a folder, or `undefined` where there is none. Asked at once: the one answer is worth no thread. */
function folderAt(path: string): readonly string[] | undefined {
  if (/^https?:/i.test(path)) return undefined;
  try {
    return statSync(path).isDirectory() ? readdirSync(path) : undefined;
  } catch {
    // What is not there is reported by whoever opens it.
    return undefined;
  }
}

/** Whether there is a folder of this name whose files are data by themselves: a blob of tensors is one folder. */
export function isFolderOfFiles(path: string): boolean {
  const names = folderAt(path);
  return names !== undefined && !names.includes(".conf");
}

/** Whether there is a folder of this name. */
export function isFolder(path: string): boolean {
  return folderAt(path) !== undefined;
}
