import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

const HOUR_S = 3600;

/** Makes all files in a folder an hour old: what stopped writers left is collected only when it is not of one at work. */
export function age(folder: string): void {
  if (!existsSync(folder)) return;
  const then = Date.now() / 1000 - HOUR_S;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    utimesSync(join(folder, name), then, then);
  }
}

/** Files in the folder of a blob, or of a database of blobs, that belong to none of its states. */
export function leftoversIn(folder: string): string[] {
  const path = join(folder, ".stat");
  const { bds = [] } = JSON.parse(readFileSync(path, "utf8")) as { readonly bds?: string[] };
  const known = new Set([".conf", ".stat", ...bds]);
  return readdirSync(folder).flatMap((name) => {
    const inside = join(folder, name);
    if (statSync(inside).isDirectory()) return leftoversIn(inside);
    return known.has(name) ? [] : [inside];
  });
}
